"""An endless, repeatable stream of augmented batches, made ahead of the network by one thread."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.training.augmentation import augment_clip
from models.training.sampling import ClipSampler

NUM_AHEAD = 3


@dataclass(frozen=True, eq=False)
class Batch:
    """Clips of one picture size and the indices of their labels."""

    frames: np.ndarray
    """uint8 RGB, shape (N, T, H, W, 3)."""
    targets: np.ndarray
    """int64, shape (N,)."""


def make_batches(samplers: Sequence[ClipSampler], *, batch_size: int, steps: int, seed: int) -> Iterator[Batch]:
    """Yield `steps` batches; batch k depends on the seed and k alone.

    Each batch is of one sampler, drawn by its number of scenes.
    """
    with ThreadPoolExecutor(1) as thread:
        waiting: list[Future[Batch]] = []
        for step in range(steps):
            waiting.append(thread.submit(_make_batch, samplers, batch_size, (seed, step)))
            if len(waiting) > NUM_AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _make_batch(samplers: Sequence[ClipSampler], batch_size: int, seed: tuple[int, int]) -> Batch:
    rng = np.random.default_rng(seed)
    weights = np.array([sampler.num_scenes for sampler in samplers], float)
    sampler = samplers[int(rng.choice(len(samplers), p=weights / weights.sum()))]
    drawn = [sampler.draw(rng) for _ in range(batch_size)]
    return Batch(np.stack([augment_clip(clip.frames, rng) for clip in drawn]), np.array([c.target for c in drawn]))
