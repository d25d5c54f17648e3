"""Writes what the viewer shows: see `app.imaging.view_pack`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.imaging.view_pack import LABEL_TYPE, RAW_SUFFIX, VIEW_SUFFIX
from app.pictures.montage import WINDOWS_HU
from models.imaging.answer import Finding, ImagingAnswer
from models.imaging.orientation import onto_grid, reorient
from models.imaging.region_measures import MeasuredRegion
from models.imaging.voxel_grid import VoxelGrid
from models.samples import Image, StoredVolume

_SIZES = ("volume mm3", "area mm2", "area px", "diameter mm")
_LARGEST, _LARGEST_LABEL = np.iinfo(np.int16).max, np.iinfo(LABEL_TYPE).max


def write_view_pack(
    folder: Path,
    stem: str,
    sample: Image | StoredVolume,
    answer: ImagingAnswer,
    *,
    regions: Sequence[MeasuredRegion],
    labels: np.ndarray | None,
) -> None:
    """Write the two files of a pack.

    Args:
        folder: where to.
        stem: of their names.
        sample: that was read; of a volume with several channels the first is shown.
        answer: what the model said of it; its findings are listed, or else the regions.
        regions: what was measured of the labels.
        labels: whole numbers in the sample's own grid; None when there are none.

    Raises:
        OSError: they cannot be written.
    """
    raw = folder / f"{stem}{RAW_SUFFIX}"
    if isinstance(sample, Image):
        told, place = _write_picture(raw, sample, labels), _pixel_of
    else:
        grid = _shown_grid(sample.grid)
        told, place = _write_volume(raw, sample, labels, grid), lambda centre: _voxel_of(grid, centre)
    told["objects"] = [_finding(rank, finding, place) for rank, finding in enumerate(answer.findings, 1)] or [
        _region(region, place) for region in regions
    ]
    (folder / f"{stem}{VIEW_SUFFIX}").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _write_picture(raw: Path, picture: Image, labels: np.ndarray | None) -> dict[str, Any]:
    pixels = picture.rgb8()
    shown = np.zeros(pixels.shape[:2], LABEL_TYPE) if labels is None else _coded(labels).astype(LABEL_TYPE)
    raw.write_bytes(pixels.tobytes() + shown.tobytes())
    spacing = picture.spacing_mm or (1.0, 1.0)
    return _told("picture", (1, *pixels.shape[:2]), (1.0, *spacing), channels=3, dtype="|u1")


def _write_volume(raw: Path, volume: StoredVolume, labels: np.ndarray | None, grid: VoxelGrid) -> dict[str, Any]:
    """Write slice by slice: a volume need never be in memory."""
    low, high = _range(volume)
    is_hu = volume.intensity_unit == "HU"
    scale, offset = (1.0, 0.0) if is_hu else (max(high - low, 1e-6) / (2 * _LARGEST), (low + high) / 2)
    num_values = int(np.prod(grid.shape))
    with raw.open("wb") as file:
        file.truncate((2 + LABEL_TYPE.itemsize) * num_values)
    values = np.memmap(raw, "<i2", "r+", shape=grid.shape)
    stored = onto_grid(values, grid, volume.grid)
    for index in range(volume.grid.shape[0]):
        plane = volume.read_slab(index, index + 1)[0, 0]
        stored[index] = np.clip(np.rint((plane - offset) / scale), -_LARGEST, _LARGEST)
    if labels is not None:
        marked = np.memmap(raw, LABEL_TYPE, "r+", offset=2 * num_values, shape=grid.shape)
        onto_grid(marked, grid, volume.grid)[:] = _coded(labels)
    usual = {name: list(window) for name, window in WINDOWS_HU.items()} if is_hu else {}
    return {
        **_told("volume", grid.shape, grid.spacing_mm, channels=1, dtype="<i2"),
        "unit": "" if volume.intensity_unit == "none" else volume.intensity_unit,
        "scale": scale,
        "offset": offset,
        "presets": {**usual, "whole range": [low, high]},
    }


def _told(
    kind: str, shape: tuple[int, ...], spacing: tuple[float, ...], *, channels: int, dtype: str
) -> dict[str, Any]:
    return {"kind": kind, "shape": list(shape), "spacing": list(spacing), "channels": channels, "dtype": dtype}


def _shown_grid(grid: VoxelGrid) -> VoxelGrid:
    return reorient(np.broadcast_to(np.uint8(0), grid.shape), grid)[1]


def _range(volume: StoredVolume) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for index in range(volume.grid.shape[0]):
        plane = volume.read_slab(index, index + 1)[0, 0]
        low, high = min(low, float(plane.min())), max(high, float(plane.max()))
    return low, high


def _coded(labels: np.ndarray) -> np.ndarray:
    return labels if labels.dtype.itemsize <= LABEL_TYPE.itemsize else np.minimum(labels, _LARGEST_LABEL)


Centre = tuple[float, float, float]
Place = Callable[[Centre], list[int]]
"""Returns the slice, row and column in which a centre (x, y, z) is shown."""


def _pixel_of(centre: Centre) -> list[int]:
    return [0, round(centre[1]), round(centre[0])]


def _voxel_of(grid: VoxelGrid, centre: Centre) -> list[int]:
    (found,) = grid.indices(np.array([centre]))
    return [int(index) for index in np.clip(np.rint(found), 0, np.array(grid.shape) - 1)]


def _region(region: MeasuredRegion, place: Place) -> dict[str, Any]:
    measured = {f"{each.name} {each.unit}": each.value for each in region.measurements}
    by_name = {each.name: each.value for each in region.measurements}
    centre = (by_name["centre_x"], by_name["centre_y"], by_name.get("centre_z", 0.0))
    return {
        "number": region.number,
        "label": region.label,
        "score": region.score,
        "size": {name: measured[name] for name in _SIZES if name in measured},
        "index": place(centre),
    }


def _finding(rank: int, finding: Finding, place: Place) -> dict[str, Any]:
    return {
        "number": finding.number or rank,
        "label": finding.label,
        "score": finding.score,
        "size": {"diameter mm": finding.diameter_mm},
        "index": place(finding.centre_mm),
    }
