"""A CNN that looks at each frame, and an LSTM that remembers what it saw.

Source: the ConvNet+LSTM of Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750,
section 2.1: one memory of 512 units on the features of single frames, trained on the outputs at all steps, read at the
last. It differs: EfficientNet-Lite0 (ImageNet weights, Apache-2.0) instead of Inception-v1 looks at the frames, and
batch norm is applied to the features, not inside the recurrence.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.frame_features import EFFICIENTNET_LITE0_FEATURES as NUM_FEATURES
from models.networks.frame_features import EfficientNetLite0Features


class CnnLstm(nn.Module):
    """Scores the action in a clip, frame by frame.

    Args:
        num_classes: Number of logits.
        hidden_size: Units of the memory.
        dropout: Share of the memory's outputs dropped in training.
    """

    def __init__(self, num_classes: int = 400, *, hidden_size: int = 512, dropout: float = 0.5) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.cnn = EfficientNetLite0Features()
        self.norm = nn.BatchNorm1d(NUM_FEATURES)
        self.lstm = nn.LSTM(NUM_FEATURES, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits after the last frame.

        Args:
            clips: (N, 3, T, H, W), (x - 127) / 128 of RGB in 0..255.

        Returns:
            (N, num_classes), float32.
        """
        return self.step_logits(self.frame_features(clips))[:, -1]

    def frame_features(self, clips: Tensor) -> Tensor:
        """Return the features of each frame, (N, T, 1280)."""
        frames = clips.transpose(1, 2)  # (N, T, 3, H, W)
        features: Tensor = self.cnn(frames.flatten(0, 1))  # (N * T, 1280)
        return features.reshape(*frames.shape[:2], NUM_FEATURES)

    def step_logits(self, features: Tensor) -> Tensor:
        """Return the logits after each frame, (N, T, num_classes), from features (N, T, 1280)."""
        normalised = self.norm(features.transpose(1, 2)).transpose(1, 2)
        memory, _ = self.lstm(normalised)  # (N, T, hidden_size)
        return self.fc(self.dropout(memory)).float()  # type: ignore[no-any-return]


def loss_over_steps(step_logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of the outputs at all steps, the loss with which a `CnnLstm` is trained.

    Args:
        step_logits: (N, T, num_classes).
        labels: (N,), the class of each clip.
    """
    num_steps = step_logits.shape[1]
    return F.cross_entropy(step_logits.flatten(0, 1), labels.repeat_interleave(num_steps))
