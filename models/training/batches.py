"""An endless, repeatable stream of augmented batches, made ahead of the network by one thread."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from models.training.augmentation import augment_clip
from models.training.sampling import DrawnClip

NUM_AHEAD = 3


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of one size and what the network should say of them."""

    inputs: np.ndarray
    """One entry a sample; of clips: uint8 RGB, shape (N, T, H, W, 3)."""
    targets: np.ndarray
    """As the objective wants them; of clips with one label: int64, shape (N,), of sequences (N, S)."""


def as_it_is(inputs: Tensor) -> Tensor:
    """Return what a network reads of inputs that were made ready before, float32."""
    return inputs.to(torch.float32)


class Sampler(Protocol):
    """Draws clips or sequences from scenes of one picture size."""

    @property
    def num_scenes(self) -> int: ...
    def draw(self, rng: np.random.Generator) -> DrawnClip: ...


def make_batches(samplers: Sequence[Sampler], *, batch_size: int, steps: int, seed: int) -> Iterator[Batch]:
    """Yield `steps` batches; batch k depends on the seed and k alone.

    Each batch is of one sampler, drawn by its number of scenes.
    """
    return made_ahead(lambda step: _make_batch(samplers, batch_size, (seed, step)), range(steps))


def made_ahead(make: Callable[[int], Batch], steps: Iterable[int]) -> Iterator[Batch]:
    """Yield the batch of each step, made by one thread a few steps ahead of whoever iterates."""
    with ThreadPoolExecutor(1) as thread:
        waiting: list[Future[Batch]] = []
        for step in steps:
            waiting.append(thread.submit(make, step))
            if len(waiting) > NUM_AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _make_batch(samplers: Sequence[Sampler], batch_size: int, seed: tuple[int, int]) -> Batch:
    rng = np.random.default_rng(seed)
    weights = np.array([sampler.num_scenes for sampler in samplers], float)
    sampler = samplers[int(rng.choice(len(samplers), p=weights / weights.sum()))]
    drawn = [sampler.draw(rng) for _ in range(batch_size)]
    return Batch(np.stack([augment_clip(clip.frames, rng) for clip in drawn]), np.array([c.target for c in drawn]))
