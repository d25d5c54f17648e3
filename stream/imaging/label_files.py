"""Label maps, of pictures and of volumes, in any format that holds whole numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.budget import Budget
from stream.imaging.opening import open_volume, read_images, require_format
from stream.imaging.picture_files import read_indices

_PICTURES = ("png", "tiff")
_FEW = 5


@dataclass(frozen=True, eq=False)
class LabelMap:
    """Numbers that say what each pixel or voxel belongs to."""

    labels: np.ndarray
    """int32, 0 for the background, shape (H, W) or (D, H, W)."""
    grid: VoxelGrid | None = None
    """Where voxels lie; None for pictures."""


def read_label_map(
    location: str | Path,
    *,
    known: Collection[int] | None = None,
    budget: Budget | None = None,
    spacing_mm: Sequence[float] | None = None,
) -> LabelMap:
    """Read labels: PNG and TIFF of one page as a picture, DICOM SEG and all else as a volume.

    Args:
        location: as `open_volume` takes it.
        known: the numbers that may occur beside 0; by default any from 0.
        budget: what it may hold.
        spacing_mm: of volumes in formats that need not tell it, as `open_volume` takes it.

    Raises:
        SourceRefused: it cannot be read, holds fractions or negative numbers, or numbers that are not known.
    """
    budget = budget or Budget()
    path = Path(location)
    form = require_format(path) if path.is_file() else None
    if form in _PICTURES:
        values = read_indices(path, budget) if form == "png" else _only_page(path, budget)
        return LabelMap(_whole(location, values, known))
    if form == "dicom":
        from stream.imaging.dicom.segments import read_segments

        segments, grid = read_segments(path, budget)
        return LabelMap(_whole(location, segments, known), grid)
    if form == "jpeg":
        raise SourceRefused(f"{path}: required labels, found a JPEG, which changes numbers; write them as PNG")
    volume = open_volume(location, budget=budget, spacing_mm=spacing_mm).load()
    if volume.num_channels != 1:
        raise SourceRefused(f"{location}: required one label a voxel, found {volume.num_channels} channels")
    return LabelMap(_whole(location, volume.voxels[0], known), volume.grid)


def _only_page(path: Path, budget: Budget) -> np.ndarray:
    pages = list(read_images(path, budget=budget))
    if len(pages) != 1 or pages[0].pixels.shape[2] != 1:
        raise SourceRefused(
            f"{path}: required one grey page of labels, found {len(pages)} page(s); write one number a pixel"
        )
    return pages[0].pixels[..., 0]


def _whole(location: object, values: np.ndarray, known: Collection[int] | None) -> np.ndarray:
    labels = values.astype(np.int32)
    if values.dtype.kind == "f" and not np.array_equal(labels, values):
        raise SourceRefused(
            f"{location}: required whole numbers as labels, found fractions; round or threshold them first"
        )
    numbers = np.unique(labels)
    allowed = None if known is None else {0, *known}
    unknown = [number for number in numbers.tolist() if number < 0 or (allowed is not None and number not in allowed)]
    if unknown:
        shown = ", ".join(map(str, unknown[:_FEW])) + (", ..." if len(unknown) > _FEW else "")
        wanted = "numbers from 0" if allowed is None else f"the labels {sorted(allowed)}"
        raise SourceRefused(f"{location}: required {wanted}, found also {shown}; name their classes, or set them to 0")
    return labels
