"""Tells falls: an LSTM on numbers drawn from optical flow, beside the features that a CNN finds in single frames.

A CNN with a memory on RGB and flow, as Donahue et al., LRCN, CVPR 2015, arXiv:1411.4389. It differs: the flow is
described around what moves and in its own size (`models/falls/`), and the features of EfficientNet-Lite0 pass through a
narrow gate, which training mostly keeps shut, so that no room is learned by heart.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.falls.description import NUM_NUMBERS
from models.falls.labels import LABELS
from models.networks.frame_features import EFFICIENTNET_LITE0_FEATURES

FRAMES_PER_LOOK = 3
"""The CNN looks at the first of so many frames."""
LARGEST_NUMBER = 5.0
"""Standard deviations beyond which a number is cut off."""


class FallNet(nn.Module):
    """Scores what goes on in a clip, step by step.

    Args:
        num_classes: Number of logits.
        hidden_size: Units of the memory.
        num_looks: Numbers to which the features of a frame are reduced; 0: no single frame is looked at.
        dropout: Share of the memory's inputs and outputs dropped in training.
    """

    def __init__(
        self, num_classes: int = len(LABELS), *, hidden_size: int = 48, num_looks: int = 8, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.num_classes, self.num_looks = num_classes, num_looks
        self.norm = nn.BatchNorm1d(NUM_NUMBERS)
        self.enter = nn.Linear(NUM_NUMBERS, hidden_size)
        if num_looks:
            self.gate = nn.Sequential(
                nn.LayerNorm(EFFICIENTNET_LITE0_FEATURES),
                nn.Dropout(0.5),
                nn.Linear(EFFICIENTNET_LITE0_FEATURES, num_looks),
                nn.Tanh(),
            )
        self.lstm = nn.LSTM(hidden_size + num_looks, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, numbers: Tensor, looks: Tensor, is_shown: Tensor) -> Tensor:
        """Return the logits after each step, (N, T, num_classes), float32.

        Args:
            numbers: (N, T, NUM_NUMBERS), from `models.falls.description`.
            looks: Features of every third frame, (N, ceil(T / 3), 1280).
            is_shown: (N,), 1 where they are to be seen, 0 where they are withheld.
        """
        normal = self.norm(numbers.transpose(1, 2)).transpose(1, 2).clamp(-LARGEST_NUMBER, LARGEST_NUMBER)
        inputs = F.relu(self.enter(normal))
        if self.num_looks:
            seen = self.gate(looks) * is_shown[:, None, None]  # (N, ceil(T / 3), num_looks)
            seen = seen.repeat_interleave(FRAMES_PER_LOOK, 1)[:, : numbers.shape[1]]  # (N, T, num_looks)
            inputs = torch.cat((inputs, seen), 2)
        memory, _ = self.lstm(self.dropout(inputs))  # (N, T, hidden_size)
        return self.fc(self.dropout(memory)).float()  # type: ignore[no-any-return]
