"""ConvNet+LSTM: Inception-v1 looks at each frame, an LSTM with batch norm in its recurrence remembers.

Source: Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750, section 2.1: an LSTM of 512
units with batch normalisation, as proposed by Cooijmans et al., "Recurrent Batch Normalization", ICLR 2017,
arXiv:1603.09025, after the last average pool of Inception-v1. Trained with the cross-entropy of the outputs at all
steps (`models.networks.cnn_lstm.loss_over_steps`), read at the last; one frame in five of 25 a second. No weights of it
were published, so the names of the LSTM's are ours.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.frame_features import InceptionFeatures

FIRST_SCALE = 0.1
"""Of every batch norm in the recurrence: with 1, tanh starts out saturated (Cooijmans et al., section 4)."""


class ConvNetLstm(nn.Module):
    """Scores the action in a clip, frame by frame.

    Args:
        num_classes: Number of logits.
        hidden_size: Units of the memory.
        num_steps: Steps that have statistics of their own; later ones take those of the last.
        dropout: Share of the memory's outputs dropped in training.
    """

    def __init__(
        self, num_classes: int = 400, *, hidden_size: int = 512, num_steps: int = 25, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.cnn = InceptionFeatures()
        self.lstm = BatchNormLstm(self.cnn.num_features, hidden_size, num_steps=num_steps)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits after the last frame.

        Args:
            clips: (N, 3, T, H, W), RGB in [-1, 1].

        Returns:
            (N, num_classes), float32.
        """
        return self.step_logits(self.frame_features(clips))[:, -1]

    def frame_features(self, clips: Tensor) -> Tensor:
        """Return the features of each frame, (N, T, 1024)."""
        frames = clips.transpose(1, 2)  # (N, T, 3, H, W)
        features: Tensor = self.cnn(frames.flatten(0, 1))  # (N * T, 1024)
        return features.reshape(*frames.shape[:2], self.cnn.num_features)

    def step_logits(self, features: Tensor) -> Tensor:
        """Return the logits after each frame, (N, T, num_classes), from features (N, T, 1024)."""
        return self.fc(self.dropout(self.lstm(features))).float()  # type: ignore[no-any-return]


class BatchNormLstm(nn.Module):
    """An LSTM that normalises what it sees, what it remembers, and its cell, each step by statistics of its own.

    Args:
        num_features: Features of a frame.
        hidden_size: Units of the memory.
        num_steps: Steps that have statistics of their own; later ones take those of the last.
    """

    def __init__(self, num_features: int, hidden_size: int, *, num_steps: int) -> None:
        super().__init__()
        if min(hidden_size, num_steps) < 1:
            raise ValueError(f"hidden_size and num_steps must be at least 1, got {hidden_size} and {num_steps}")
        self.hidden_size = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, num_features))
        self.weight_hh = nn.Parameter(torch.eye(hidden_size).repeat(4, 1))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        nn.init.orthogonal_(self.weight_ih)
        self.norm_ih = StepBatchNorm(4 * hidden_size, num_steps, has_bias=False)
        self.norm_hh = StepBatchNorm(4 * hidden_size, num_steps, has_bias=False)
        self.norm_cell = StepBatchNorm(hidden_size, num_steps, has_bias=True)

    def forward(self, features: Tensor) -> Tensor:
        """Return the memory after each frame, (N, T, hidden_size), for features (N, T, num_features)."""
        hidden = cell = features.new_zeros(len(features), self.hidden_size)
        memory = []
        for step, seen in enumerate(F.linear(features, self.weight_ih).unbind(1)):
            remembered = F.linear(hidden, self.weight_hh)
            gates = self.norm_ih(seen, step) + self.norm_hh(remembered, step) + self.bias  # (N, 4 x hidden_size)
            take, keep, new, show = gates.chunk(4, dim=1)  # i, f, g, o
            cell = keep.sigmoid() * cell + take.sigmoid() * new.tanh()
            hidden = show.sigmoid() * self.norm_cell(cell, step).tanh()
            memory.append(hidden)
        return torch.stack(memory, dim=1)


class StepBatchNorm(nn.Module):
    """Batch norm with one scale for all steps and statistics for each."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, num_steps: int, *, has_bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((num_features,), FIRST_SCALE))
        self.bias = nn.Parameter(torch.zeros(num_features)) if has_bias else None
        self.register_buffer("running_mean", torch.zeros(num_steps, num_features))
        self.register_buffer("running_var", torch.ones(num_steps, num_features))

    def forward(self, x: Tensor, step: int) -> Tensor:
        index = min(step, len(self.running_mean) - 1)
        mean, variance = self.running_mean[index], self.running_var[index]
        return F.batch_norm(x, mean, variance, self.weight, self.bias, training=self.training)
