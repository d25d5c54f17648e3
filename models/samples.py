"""The values that a predictor reads: a clip of video, alone or within its video, an image, a volume."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from models.imaging.picture import Image
from models.imaging.volume import StoredVolume, Volume

__all__ = ["Clip", "FramesMissing", "Image", "Passage", "Sample", "StoredVolume", "Volume"]


@dataclass(frozen=True, eq=False)
class Clip:
    """Consecutive frames of one source, evenly spaced in time."""

    frames: np.ndarray
    """uint8 RGB, shape (T, H, W, 3)."""
    pts_seconds: np.ndarray
    """Presentation time of each frame, shape (T,), seconds of media time, never falling."""
    source_id: str
    frame_ids: tuple[int, ...] = ()
    """Identity of each frame within its source, so that work done once for a frame can be
    remembered across overlapping clips; a padded or held frame repeats its identity. Empty when
    the frames have no identity worth remembering."""

    def __post_init__(self) -> None:
        if self.frames.dtype != np.uint8 or self.frames.ndim != 4 or self.frames.shape[-1] != 3:
            raise ValueError(
                f"frames of clip from {self.source_id!r} must be uint8 RGB with 4 axes, channels last; "
                f"got {self.frames.dtype} of shape {self.frames.shape}"
            )
        if self.frames.shape[0] == 0:
            raise ValueError(f"a clip needs at least one frame, got none from {self.source_id!r}")
        if self.pts_seconds.shape != (self.frames.shape[0],):
            raise ValueError(
                f"pts_seconds must have one time a frame ({self.frames.shape[0]}), got shape {self.pts_seconds.shape}"
            )
        if np.any(np.diff(self.pts_seconds) < 0):
            raise ValueError(f"pts_seconds of a clip from {self.source_id!r} must never fall")
        if self.frame_ids and len(self.frame_ids) != self.frames.shape[0]:
            raise ValueError(f"frame_ids must name all {self.frames.shape[0]} frames, got {len(self.frame_ids)}")

    @property
    def num_frames(self) -> int:
        return int(self.frames.shape[0])


class FramesMissing(LookupError):
    """Frames of a passage cannot be read any more.

    Args:
        reason: Why, for a person.
        index: Place in the segment of the last of them.
    """

    def __init__(self, reason: str, index: int) -> None:
        super().__init__(reason)
        self.index = index


@dataclass(frozen=True, eq=False)
class Passage:
    """A clip within its video: the frames before and after it that a streaming model may need, read on demand.

    A segment is a stretch of a source without a gap. Places in it are counted in frames from its beginning.
    """

    source_id: str
    segment: Hashable
    """Which segment of the source it belongs to."""
    start: int
    """Place of the first frame that can be asked for."""
    clip_start: int
    """Place of the clip's first frame."""
    clip_stop: int
    """Place behind the clip's last frame."""
    stop: int
    """Place behind the last frame that can be asked for."""
    is_last: bool
    """Whether the segment ends there."""
    read_frames: Callable[[int, int], np.ndarray]
    """Returns the frames from one place up to another, uint8 RGB, (T, H, W, 3); raises FramesMissing."""

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.clip_start < self.clip_stop <= self.stop:
            places = (self.start, self.clip_start, self.clip_stop, self.stop)
            raise ValueError(f"places of a passage from {self.source_id!r} must rise, got {places}")


Sample = Clip | Passage | Image | Volume | StoredVolume
