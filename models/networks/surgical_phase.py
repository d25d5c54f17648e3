"""Tells the phase of an operation from its frames so far: a small CNN for each frame, a memory for what came before.

Source: the recipe of Jin et al., "SV-RCNet", IEEE TMI 37(5), 2018, doi:10.1109/TMI.2017.2787657 (a CNN whose features
an LSTM follows at one frame a second), with the CNN trained on phases and instruments together as EndoNet's is
(Twinanda et al., arXiv:1602.03012). It differs: the CNN is small and trained from nothing, the LSTM runs over the whole
operation instead of ten seconds, what it says goes through a model of the course of operations (`phase_course`), and
it also says how long the phase will go on, as RSDNet does for the operation (Twinanda et al., arXiv:1802.03243), here
with three quantiles.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.convolution import conv_unit
from models.networks.phase_course import PhaseCourse

LEFT_QUANTILES = (0.1, 0.5, 0.9)
"""Of the time left in the phase: a likely least, the middle, a likely most."""
NUM_SUMMARY = 64
"""Numbers that the memory reads of each frame."""


@dataclass(frozen=True, eq=False)
class PhaseState:
    """All that is kept of an operation: three vectors an operation, however long it has lasted."""

    hidden: Tensor
    """(1, N, hidden_size)."""
    cell: Tensor
    """(1, N, hidden_size)."""
    belief: Tensor | None = None
    """Log-probability of each phase, (N, num_classes); None before anything was said."""


@dataclass(frozen=True, eq=False)
class PhaseSteps:
    """What was said after each frame."""

    phase_logits: Tensor
    """(N, T, num_classes), float32; the softmax of each row is the probability of the phases."""
    log_left: Tensor
    """log(1 + seconds) until the phase ends, a column for each of `LEFT_QUANTILES`, (N, T, 3), rising in each row."""
    state: PhaseState
    """After the last frame."""


class SurgicalPhaseNet(nn.Module):
    """Recognises phases online: what it says of a frame depends on this and earlier frames alone.

    Args:
        num_classes: phases.
        num_tools: instruments that the frame CNN is taught to see.
        width: channels of the first layer of the CNN.
        hidden_size: units of the memory.
        dropout: share of the memory's inputs and outputs dropped in training.
    """

    def __init__(
        self,
        num_classes: int = 7,
        *,
        num_tools: int = 7,
        width: int = 16,
        hidden_size: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.look = FrameDescriber(num_classes, num_tools, width=width)
        self.summary = nn.Linear(self.look.num_described, NUM_SUMMARY)
        self.lstm = nn.LSTM(NUM_SUMMARY, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.phase = nn.Linear(hidden_size, num_classes)
        self.course = PhaseCourse(num_classes)
        self.left = nn.Linear(hidden_size, len(LEFT_QUANTILES))
        _remember_long(self.lstm)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits after the last frame, (N, num_classes), float32.

        Args:
            clips: (N, 3, T, H, W), the operation from its beginning at one frame a second, (x - 127) / 128 of RGB.
        """
        frames = clips.transpose(1, 2)  # (N, T, 3, H, W)
        described = self.look(frames.flatten(0, 1))  # (N * T, num_described)
        return self.follow(described.reshape(*frames.shape[:2], -1)).phase_logits[:, -1]

    def follow(self, described: Tensor, state: PhaseState | None = None) -> PhaseSteps:
        """Go on over the next frames of operations: what the memory says of them, held against the usual course.

        Args:
            described: (N, T, num_described), from `look`.
            state: after the frames before these; None at the beginning.
        """
        steps = self.recall(described, state)
        beliefs = self.course(steps.phase_logits, state.belief if state else None)  # (N, T, num_classes)
        return replace(steps, phase_logits=beliefs, state=replace(steps.state, belief=beliefs[:, -1]))

    def recall(self, described: Tensor, state: PhaseState | None = None) -> PhaseSteps:
        """Go on over the next frames of operations with the memory alone, as `follow` does.

        Args:
            described: (N, T, num_described), from `look`.
            state: after the frames before these; None at the beginning.
        """
        summaries = self.dropout(F.relu(self.summary(described)))  # (N, T, NUM_SUMMARY)
        memory, (hidden, cell) = self.lstm(summaries, (state.hidden, state.cell) if state else None)
        memory = self.dropout(memory)  # (N, T, hidden_size)
        middle, below, above = self.left(memory).float().unbind(-1)  # (N, T) each
        left = torch.stack([middle - F.softplus(below), middle, middle + F.softplus(above)], -1)  # (N, T, 3)
        return PhaseSteps(self.phase(memory).float(), left, PhaseState(hidden, cell))


class FrameDescriber(nn.Module):
    """Describes single frames: features, and what they alone say of the instruments and of the phase."""

    def __init__(self, num_classes: int, num_tools: int, *, width: int) -> None:
        super().__init__()
        self.num_classes, self.num_tools = num_classes, num_tools
        self.num_features = 8 * width
        self.num_described = self.num_features + num_classes + num_tools
        channels = (3, width, 2 * width, 4 * width, 8 * width)
        self.stem = conv_unit(3, width, stride=2)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(conv_unit(fewer, more, stride=2), conv_unit(more, more))
                for fewer, more in pairwise(channels[1:])
            )
        )
        self.head = nn.Linear(2 * self.num_features, num_classes + num_tools)
        self.features = nn.Linear(2 * self.num_features, self.num_features)

    def forward(self, frames: Tensor) -> Tensor:
        """Describe frames (N, 3, H, W), (x - 127) / 128 of RGB: (N, num_described), phases and tools in 0..1 last."""
        pooled = self.pooled(frames)
        phases, tools = self.head(pooled).split((self.num_classes, self.num_tools), 1)
        return torch.cat([F.relu(self.features(pooled)), phases.softmax(1), tools.sigmoid()], 1)

    def logits(self, frames: Tensor) -> Tensor:
        """Return (N, num_classes + num_tools): what one frame says of the phase, and of each instrument."""
        return self.head(self.pooled(frames))  # type: ignore[no-any-return]

    def pooled(self, frames: Tensor) -> Tensor:
        """Return the mean and the maximum of each feature over the picture, (N, 2 * num_features)."""
        maps = self.stages(self.stem(frames))  # (N, num_features, H / 16, W / 16)
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)


@torch.no_grad()
def _remember_long(lstm: nn.LSTM) -> None:
    """Set the gates so that units remember for 2 to 1,000 steps at the beginning of training.

    Source: Tallec & Ollivier, "Can recurrent neural networks warp time?", ICLR 2018, arXiv:1804.11188, section 2.
    """
    size = lstm.hidden_size
    spans = torch.exp(torch.linspace(0.7, 6.9, size))
    biases = dict(lstm.named_parameters())
    biases["bias_hh_l0"].zero_()
    # PyTorch's order of gates: input, forget, cell, output.
    biases["bias_ih_l0"].copy_(torch.cat([-spans.log(), spans.log(), torch.zeros(2 * size)]))
