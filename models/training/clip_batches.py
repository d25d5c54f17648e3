"""Makes batches of drawn clips: augmented, cropped, and in the form that the network reads."""

from dataclasses import dataclass

import numpy as np

from models.training.augmentation import augment_clip
from models.training.batches import Batch
from models.training.clip_drawing import RecordingSampler
from models.training.inputs import NetworkInput
from models.transforms import crop_centre


@dataclass(frozen=True, eq=False)
class ClipBatches:
    """Batch k depends on the seed and k alone."""

    sampler: RecordingSampler
    network_input: NetworkInput
    batch_size: int
    seed: int
    crop: tuple[int, int] | None = None
    """Height and width."""
    is_augmented: bool = True

    def make(self, step: int) -> Batch:
        """Return the batch of a step."""
        rng = np.random.default_rng((self.seed, step))
        drawn = [self.sampler.draw(rng) for _ in range(self.batch_size)]
        inputs = [self._prepare(clip.frames, rng) for clip in drawn]
        return Batch(np.stack(inputs), np.stack([clip.target for clip in drawn]))

    def _prepare(self, frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        changed = augment_clip(frames, rng) if self.is_augmented else frames
        if self.crop:
            changed = _crop_anywhere(changed, self.crop, rng) if self.is_augmented else crop_centre(changed, self.crop)
        return self.network_input.prepare(changed)


def _crop_anywhere(frames: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    top, left = (int(rng.integers(have - want + 1)) for have, want in zip(frames.shape[1:3], size, strict=True))
    return frames[:, top : top + size[0], left : left + size[1]]
