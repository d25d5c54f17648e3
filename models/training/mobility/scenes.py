"""Scenes as the mobility model learns from them: a frame and the truth at every step."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.mobility import FRAME_RATE_HZ, INPUT_SIZE
from models.simulation.bedside_people import DenseTruth, WatchedBedside
from models.simulation.truth import SceneTruth


@dataclass(frozen=True, eq=False)
class WatchedScene:
    """One scene with its truth, step by step."""

    frames: np.ndarray
    """uint8 RGB, (T, *INPUT_SIZE, 3), one a step."""
    dense: DenseTruth
    truth: SceneTruth

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.dense.places):
            raise ValueError(
                f"scene {self.truth.seed}: {len(self.dense.places)} steps need as many frames, "
                f"the video gave {len(self.frames)}"
            )

    @property
    def is_mobilised(self) -> np.ndarray:
        """Steps at which an activity goes on, bool (T,)."""
        return np.asarray(self.dense.activities.any(axis=1))


def watch_scene(seed: int, *, duration_seconds: float, width: int, height: int, frames: np.ndarray) -> WatchedScene:
    """Put frames, which were read back from a scene's video, beside the truth that the simulator knows.

    Args:
        frames: uint8 RGB, (T, H, W, 3), one a step; they are brought to `INPUT_SIZE`.

    Raises:
        ValueError: there are not as many frames as steps.
    """
    scene = WatchedBedside(seed, duration_seconds=duration_seconds, width=width, height=height)
    resized = np.stack([cv2.resize(frame, INPUT_SIZE[::-1], interpolation=cv2.INTER_AREA) for frame in frames])
    return WatchedScene(resized, scene.dense_truth(rate_hz=FRAME_RATE_HZ), scene.truth)
