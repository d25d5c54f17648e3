"""Follows the phase of an operation over time: knows which phase comes after which, and that each lasts.

The forward algorithm of a hidden Markov model on top of a network, as Twinanda et al. put one on EndoNet (IEEE TMI
36(1), 2017, arXiv:1602.03012, section III-C); here it runs online, on what a memory says instead of single frames. What
it says of neighbouring seconds is taken for independent, which it is not: the course is surer than it should be.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

STRANGE_MOVES = 0.05
"""Added to every count of one phase after another, so that what never happened can."""


class PhaseCourse(nn.Module):
    """Turns the log-probabilities of single seconds into those of an operation that goes from phase to phase.

    Args:
        num_classes: phases.
    """

    log_moves: Tensor
    """Logarithm of the chance to be in a phase (column) a second after another (row), (C, C)."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.register_buffer("log_moves", _log_chances(np.eye(num_classes) * 300))

    def count(self, operations: Iterable[np.ndarray]) -> None:
        """Set the chances to those of operations, each the indices of its phase second by second, (T,)."""
        counts = np.zeros((self.num_classes, self.num_classes))
        for phases in operations:
            np.add.at(counts, (phases[:-1], phases[1:]), 1)
        self.log_moves.copy_(_log_chances(counts))

    def forward(self, phase_logits: Tensor, belief: Tensor | None = None) -> Tensor:
        """Return the log-probability of each phase after each second, (N, T, C), from all seconds so far.

        Args:
            phase_logits: (N, T, C), of each second.
            belief: what it returned for the second before the first, (N, C); None at the beginning.
        """
        observed = phase_logits.log_softmax(-1)
        if belief is None:
            belief = observed.new_zeros(observed.shape[0], self.num_classes)
        beliefs = []
        for second in observed.unbind(1):
            belief = (belief[:, :, None] + self.log_moves).logsumexp(1) + second  # (N, C)
            belief = belief.log_softmax(-1)
            beliefs.append(belief)
        return torch.stack(beliefs, 1)


def _log_chances(counts: np.ndarray) -> Tensor:
    padded = counts + STRANGE_MOVES
    return torch.from_numpy(np.log(padded / padded.sum(axis=1, keepdims=True))).float()
