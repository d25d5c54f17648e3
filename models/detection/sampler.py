"""Chooses the boxes that one step of training learns from: most are background, and all of them would drown the rest.

Source: Ren et al., "Faster R-CNN", NIPS 2015, arXiv:1506.01497, section 3.1.3.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

_OWN = threading.local()


@dataclass(frozen=True)
class BalancedSampler:
    """Draws boxes of a picture, some with an object and the rest without."""

    num_samples: int
    positive_share: float
    """At most this share of the samples has an object; background fills what is missing."""

    def draw(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the indices of the boxes drawn with an object and without, in order.

        Args:
            labels: (boxes,): at least 1 is an object, 0 is background, below 0 is neither.
        """
        positive, negative = torch.where(labels >= 1)[0], torch.where(labels == 0)[0]
        num_positive = min(int(self.num_samples * self.positive_share), len(positive))
        num_negative = min(self.num_samples - num_positive, len(negative))
        return _some(positive, num_positive), _some(negative, num_negative)


@contextmanager
def repeatable_draws(seed: int) -> Iterator[None]:
    """Let this thread's samplers draw from a generator of its own, so that threads side by side repeat."""
    _OWN.generator = torch.Generator().manual_seed(seed)
    try:
        yield
    finally:
        _OWN.generator = None


def _some(indices: Tensor, count: int) -> Tensor:
    """Return as many indices, drawn without replacement by a generator of the CPU, on whatever device they lie."""
    generator = getattr(_OWN, "generator", None)
    chosen = torch.randperm(len(indices), generator=generator)[:count].to(indices.device)
    return indices[chosen].sort().values
