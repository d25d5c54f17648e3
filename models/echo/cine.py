"""A recording as the echo networks look at it."""

from dataclasses import dataclass

import numpy as np

from models.echo.crop import SIDE, Crop


@dataclass(frozen=True, eq=False)
class Cine:
    """The fan's square of every frame of a recording."""

    source_id: str
    frames: np.ndarray
    """uint8 grey, (T, SIDE, SIDE)."""
    pts_seconds: np.ndarray
    """Media time of each frame, (T,), rising."""
    crop: Crop
    """Where the square lies in the picture."""
    cm_a_pixel: float | None = None
    """Size of a pixel of the picture; None when the file does not say."""

    def __post_init__(self) -> None:
        if self.frames.dtype != np.uint8 or self.frames.ndim != 3 or self.frames.shape[1:] != (SIDE, SIDE):
            raise ValueError(
                f"frames must be uint8 of shape (T, {SIDE}, {SIDE}), got {self.frames.dtype} of {self.frames.shape}"
            )
        if self.pts_seconds.shape != (len(self.frames),) or np.any(np.diff(self.pts_seconds) <= 0):
            raise ValueError(f"pts_seconds of {self.source_id!r} must rise, one time a frame of {len(self.frames)}")

    @property
    def frame_rate_hz(self) -> float:
        """Frames a second, from the median time between two frames; 0 for a single frame."""
        return float(1 / np.median(np.diff(self.pts_seconds))) if len(self.frames) > 1 else 0.0

    @property
    def cm_a_cell(self) -> float | None:
        """Size of a pixel of the square."""
        return None if self.cm_a_pixel is None else self.cm_a_pixel * self.crop.pixels_a_cell
