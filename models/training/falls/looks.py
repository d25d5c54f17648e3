"""The features of single frames, worked out once for training as the predictor works them out."""

from collections.abc import Sequence

import numpy as np
import torch

from models.networks.falls import FRAMES_PER_LOOK
from models.networks.frame_features import EfficientNetLite0Features
from models.predictors.falls import LOOK_SIZE
from models.transforms import normalise_frames, resize_exactly

FRAMES_AT_ONCE = 32


class Looker:
    """EfficientNet-Lite0 with its ImageNet weights, on every third frame."""

    def __init__(self) -> None:
        self._cnn = EfficientNetLite0Features().eval()

    @torch.inference_mode()
    def look(self, frames: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        """Return the features of every third of some frames, uint8 RGB (H, W, 3): float16, (ceil(T / 3), 1280)."""
        seen = resize_exactly(np.asarray(frames[::FRAMES_PER_LOOK]), LOOK_SIZE)
        groups = [seen[first : first + FRAMES_AT_ONCE] for first in range(0, len(seen), FRAMES_AT_ONCE)]
        rows = [self._cnn(torch.from_numpy(normalise_frames(group))).numpy() for group in groups]
        return np.concatenate(rows).astype(np.float16)
