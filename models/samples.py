"""The values that a predictor reads: a clip of video, alone or within its video, an image, a volume."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from models.voxel_grid import VoxelGrid

IntensityUnit = Literal["HU", "SUV", "Bq/ml", "none"]


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
        _require_uint8_rgb(self.frames, num_dimensions=4, what=f"frames of clip from {self.source_id!r}")
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


@dataclass(frozen=True, eq=False)
class Image:
    """One picture."""

    pixels: np.ndarray
    """uint8, uint16, or float32 for quantities; shape (H, W, C) with C = 1 (grey) or 3 (red, green, blue)."""
    source_id: str
    spacing_mm: tuple[float, float] | None = None
    """Distance between the centres of rows and of columns, when the file tells it."""
    modality: str = ""
    """As DICOM names it, such as CT or DX; empty when unknown."""
    intensity_unit: IntensityUnit = "none"
    display_range: tuple[float, float] | None = None
    """Values to show as black and as white, when the file tells them."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] not in (1, 3) or self.pixels.dtype not in _PIXEL_TYPES:
            raise ValueError(
                f"pixels of image {self.source_id!r} must be uint8, uint16 or float32 of shape (H, W, 1) or (H, W, 3); "
                f"got {self.pixels.dtype} of shape {self.pixels.shape}"
            )

    @property
    def is_grey(self) -> bool:
        """Whether there is one shade a pixel, or three that are everywhere the same."""
        red, *others = (self.pixels[..., channel] for channel in range(self.pixels.shape[2]))
        return all(np.array_equal(red, other) for other in others)

    def grey(self) -> np.ndarray:
        """Return the one shade of each pixel, shape (H, W), in the type of `pixels`.

        Raises:
            ValueError: the picture has colours.
        """
        if not self.is_grey:
            raise ValueError(f"required a grey picture, found colours in {self.source_id!r}; choose one channel of it")
        return np.asarray(self.pixels[..., 0])

    def rgb8(self) -> np.ndarray:
        """Return the picture as a screen shows it, uint8 RGB, shape (H, W, 3).

        Eight bits stay as they are. What has more is mapped from `display_range`, or else from the range that holds all
        but the lowest and highest thousandth of the values.
        """
        pixels = self.pixels
        if pixels.dtype != np.uint8:
            low, high = self.display_range or (float(value) for value in np.quantile(pixels, (0.001, 0.999)))
            shades = (pixels.astype(np.float32) - low) / max(high - low, 1e-12)
            pixels = np.rint(np.clip(shades, 0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


@dataclass(frozen=True, eq=False, kw_only=True)
class _ThreeDimensional:
    """What a volume says of itself, whether its voxels are in memory or not."""

    grid: VoxelGrid
    """Where the voxels lie: arrays [d, h, w] as stored, places in LPS millimetres."""
    source_id: str
    channel_names: tuple[str, ...] = ("intensity",)
    modality: str = ""
    """As DICOM names it, such as CT, MR or PT; empty when unknown."""
    intensity_unit: IntensityUnit = "none"
    remarks: tuple[str, ...] = ()
    """What a reader should know of how it was read, such as a tilted gantry."""

    @property
    def num_channels(self) -> int:
        return len(self.channel_names)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Channels, depth, height and width."""
        return (len(self.channel_names), *self.grid.shape)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between the centres of neighbours along D, H and W."""
        return self.grid.spacing_mm

    @property
    def orientation(self) -> str:
        """Where the axes D, H and W rise to, such as SPL: see `VoxelGrid.orientation`."""
        return self.grid.orientation


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume(_ThreeDimensional):
    """A three-dimensional image with one or more channels."""

    voxels: np.ndarray
    """float32, shape (C, D, H, W)."""

    def __post_init__(self) -> None:
        if self.voxels.dtype != np.float32 or self.voxels.shape != self.shape:
            raise ValueError(
                f"voxels of {self.source_id!r} must be float32 of shape (C, D, H, W) = {self.shape}, as its grid and "
                f"its channels {self.channel_names} say; got {self.voxels.dtype} of shape {self.voxels.shape}"
            )

    def read_slab(self, start: int, stop: int) -> np.ndarray:
        """Return the slices from one up to another, float32, shape (C, stop - start, H, W)."""
        return self.voxels[:, start:stop]


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredVolume(_ThreeDimensional):
    """A volume in its file: slices are read when they are asked for, so that windows over it need little memory."""

    read_slab: Callable[[int, int], np.ndarray]
    """Returns the slices from one up to another, float32, shape (C, stop - start, H, W). What cannot be read raises the
    error of the one who made this."""
    references: tuple[str, ...] = ()
    """The files that it was read from."""

    def load(self) -> Volume:
        """Return the whole of it in memory."""
        told = {name.name: getattr(self, name.name) for name in fields(_ThreeDimensional)}
        return Volume(voxels=np.ascontiguousarray(self.read_slab(0, self.grid.shape[0])), **told)


Sample = Clip | Passage | Image | Volume | StoredVolume

_PIXEL_TYPES = (np.uint8, np.uint16, np.float32)


def _require_uint8_rgb(pixels: np.ndarray, num_dimensions: int, what: str) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != num_dimensions or pixels.shape[-1] != 3:
        raise ValueError(
            f"{what} must be uint8 RGB with {num_dimensions} axes, channels last; "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
