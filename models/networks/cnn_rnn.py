"""A CNN that looks at each frame, and a recurrent network that remembers: vanilla RNN, LSTM or GRU.

Source: the vanilla RNN is the textbook's: v_t = CNN(frame_t), h_t = tanh(W_hh h_{t-1} + W_vh v_t), y_t = W_hy h_t,
without biases. LSTM and GRU have them, with the gates in PyTorch's order (i, f, g, o and r, z, n).
"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from models.networks.frame_features import build_frame_cnn

Cell = Literal["rnn", "lstm", "gru"]
State = Tensor | tuple[Tensor, Tensor]
"""What is remembered of a video, (num_layers, N, hidden_size); the LSTM has two of them."""

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class CnnRnn(nn.Module):
    """Scores the action in a video, frame by frame.

    Args:
        num_classes: Number of logits.
        cell: "rnn", "lstm" or "gru".
        cnn: "efficientnet_lite0" (with ImageNet weights), "inception_v1", "resnet18", "resnet50" or "resnet101".
        hidden_size: Units of the memory.
        num_layers: Recurrent layers, one on top of the other.
        dropout: Share of the memory's outputs dropped in training.
    """

    def __init__(
        self,
        num_classes: int = 400,
        *,
        cell: Cell = "rnn",
        cnn: str = "efficientnet_lite0",
        hidden_size: int = 512,
        num_layers: int = 1,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if cell not in _CELLS:
            raise ValueError(f"cell must be one of {', '.join(_CELLS)}, got {cell!r}")
        if min(num_classes, hidden_size, num_layers) < 1:
            raise ValueError(
                "num_classes, hidden_size and num_layers must be at least 1, "
                f"got {num_classes}, {hidden_size} and {num_layers}"
            )
        has_bias = cell != "rnn"
        self.num_classes = num_classes
        self.cnn = build_frame_cnn(cnn)
        self.rnn = _CELLS[cell](self.cnn.num_features, hidden_size, num_layers, bias=has_bias, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(hidden_size, num_classes, bias=has_bias)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits after the last frame.

        Args:
            clips: (N, 3, T, H, W), in the range that the CNN was trained on.

        Returns:
            (N, num_classes), float32.
        """
        return self.step_logits(self.frame_features(clips))[:, -1]

    def frame_features(self, clips: Tensor) -> Tensor:
        """Return the features of each frame, (N, T, F)."""
        frames = clips.transpose(1, 2)  # (N, T, 3, H, W)
        features = self.cnn(frames.flatten(0, 1))  # (N * T, F)
        return features.reshape(*frames.shape[:2], self.cnn.num_features)

    def step_logits(self, features: Tensor) -> Tensor:
        """Return the logits after each frame, (N, T, num_classes), from features (N, T, F)."""
        return self.step(features)[0]

    def step(self, features: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the logits after each frame, and what is remembered: the state for the frames that follow.

        Args:
            features: (N, T, F), of any number of frames.
            state: What the frames before left; None at the beginning of a video.

        Returns:
            (N, T, num_classes), float32, and the state.
        """
        memory, state = self.rnn(features, state)  # (N, T, hidden_size)
        return self.fc(self.dropout(memory)).float(), state
