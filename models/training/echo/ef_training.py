"""Trains the network that corrects the ejection fraction by area and length, on the moving mask."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from models.echo.ef_clip import clip_around, clip_volume_ef
from models.training.batches import Batch
from models.training.echo.loops import LabelledBeat
from models.training.objectives import Number

EF_NUMBER = Number(centre=0.0, scale=5.0)
"""The correction of the ejection fraction by area and length, percent."""
FOUND_SHARE = 0.7
"""Of the beats of a batch: those whose masks the frame network found, with its own errors."""
_NOISE_CELLS = 7


def clips_to_input(clips: Tensor) -> Tensor:
    """Map uint8 clips (N, 1, T, H, W) to what the network reads: float32 in [-1, 1]."""
    ready = clips.float() * (2 / 255) - 1
    return ready.contiguous(memory_format=torch.channels_last_3d)


class EfBatches:
    """Makes batches of beats of true and found masks; batch k depends on the seed and k alone."""

    def __init__(self, beats: Sequence[LabelledBeat], *, batch_size: int, seed: int) -> None:
        self._beats, self._batch_size, self._seed = beats, batch_size, seed
        is_exact = np.array([beat.is_exact for beat in beats])
        num_exact, num_found = max(int(is_exact.sum()), 1), max(int((~is_exact).sum()), 1)
        weights = np.where(is_exact, (1 - FOUND_SHARE) / num_exact, FOUND_SHARE / num_found)
        self._weights = weights / weights.sum()

    def make(self, step: int) -> Batch:
        rng = np.random.default_rng((self._seed, step))
        indices = rng.choice(len(self._beats), size=self._batch_size, p=self._weights)
        inputs, targets = zip(*(self._draw(self._beats[int(index)], rng) for index in indices), strict=True)
        return Batch(np.stack(inputs), np.array(targets, np.float32)[:, None])

    def _draw(self, beat: LabelledBeat, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        shift = tuple(float(value) for value in rng.normal(0, 0.03, 2))
        masks = misread(beat.masks > 127, rng) if beat.is_exact else beat.masks
        offset = int(rng.integers(-1, 2))  # the end of systole is found in masks, a frame off now and then
        masks = masks[np.clip(np.arange(len(masks)) + offset, 0, len(masks) - 1)]
        clip = clip_around(masks, scale=float(rng.uniform(0.9, 1.15)), shift=shift)  # type: ignore[arg-type]
        correction = beat.ef_percent - clip_volume_ef(masks)
        return (clip[..., ::-1] if rng.random() < 0.5 else clip), correction


def misread(masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return masks with the errors of a network that reads them off speckle, 0..255, uint8 (T, H, W).

    Their borders are soft, and lie too far inside or outside by an amount that varies along the border: in part the
    same in all frames, in part anew in each.
    """
    height, width = masks.shape[1:]
    size = float(rng.uniform(0, 1.2))
    lasting = _smooth_noise(rng, (height, width)) * size + rng.normal(0, 0.4)
    read = []
    for mask in masks:
        distance = _signed_distance(mask) + lasting
        if size > 0.3:
            distance = distance + _smooth_noise(rng, (height, width)) * size * 0.6
        read.append(np.clip((distance / 2.5 + 0.5) * 255, 0, 255).astype(np.uint8))
    return np.stack(read)


def speak_percent(network: nn.Module) -> None:
    """Change the last layer so that the network's output is the correction itself, in percent."""
    last = network.fc
    if not isinstance(last, nn.Linear):
        raise TypeError(f"the last layer must be linear, got {type(last).__name__}")
    with torch.no_grad():
        last.weight.mul_(EF_NUMBER.scale)
        last.bias.mul_(EF_NUMBER.scale).add_(EF_NUMBER.centre)


def _signed_distance(mask: np.ndarray) -> np.ndarray:
    """Return the distance of every pixel from the border, pixels, positive inside."""
    inside = mask.astype(np.uint8)
    within = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    return np.asarray(within - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3))


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    cells = rng.standard_normal((_NOISE_CELLS, _NOISE_CELLS)).astype(np.float32)
    return np.asarray(cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_LINEAR))
