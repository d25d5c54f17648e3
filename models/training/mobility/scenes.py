"""Scenes as the mobility model learns from them: a frame and the truth at every step."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np

from models.mobility import FRAME_RATE_HZ, INPUT_SIZE
from models.simulation.bedside_people import DenseTruth, WatchedBedside
from models.simulation.truth import TrueEvent


@dataclass(frozen=True, eq=False)
class WatchedScene:
    """One scene with its truth, step by step."""

    frames: np.ndarray
    """uint8 RGB, (T, *INPUT_SIZE, 3), one a step."""
    dense: DenseTruth
    events: tuple[TrueEvent, ...]
    look: str
    seed: int

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.dense.places):
            raise ValueError(
                f"a scene of {len(self.dense.places)} steps needs as many frames, its video gave {len(self.frames)}"
            )

    @property
    def is_mobilised(self) -> np.ndarray:
        """Steps at which an activity goes on, bool (T,)."""
        return np.asarray(self.dense.activities.any(axis=1))


def watch_frames(truth: Mapping[str, Any], frames: np.ndarray) -> dict[str, np.ndarray]:
    """Put frames that were read back from a scene's video beside the whereabouts that the simulator knows.

    Args:
        truth: The scene's truth as plain JSON values.
        frames: uint8 RGB, (T, H, W, 3), one a step; they are brought to `INPUT_SIZE`.

    Returns:
        `frames` and each field of `DenseTruth`, to be kept in a file and read by `watched_scene`.
    """
    scene = WatchedBedside(
        truth["seed"], duration_seconds=truth["duration_seconds"], width=truth["width"], height=truth["height"]
    )
    dense = scene.dense_truth(rate_hz=FRAME_RATE_HZ)
    resized = np.stack([cv2.resize(frame, INPUT_SIZE[::-1], interpolation=cv2.INTER_AREA) for frame in frames])
    return {"frames": resized, **{field.name: getattr(dense, field.name) for field in fields(dense)}}


def watched_scene(truth: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> WatchedScene:
    """Return a scene from its truth and what `watch_frames` made.

    Raises:
        ValueError: there are not as many frames as steps.
    """
    dense = DenseTruth(**{field.name: arrays[field.name] for field in fields(DenseTruth)})
    events = tuple(TrueEvent(**event) for event in truth["events"])
    return WatchedScene(arrays["frames"], dense, events, truth["look"], truth["seed"])
