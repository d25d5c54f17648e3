"""What can be measured of labelled regions: sizes, places and intensities, in units."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.imaging.intensity_unit import IntensityUnit
from models.imaging.voxel_grid import VoxelGrid
from models.results import Measurement


@dataclass(frozen=True)
class MeasuredRegion:
    """One object, or one class, of a label map."""

    number: int
    """Its number in the label map."""
    label: str
    """What it is."""
    measurements: tuple[Measurement, ...]
    score: float | None = None
    """Of the model, 0..1, when it gives one."""


@dataclass(frozen=True, eq=False)
class _Extent:
    """The pixels or voxels of one region."""

    number: int
    size: int
    centre: np.ndarray
    first: np.ndarray
    last: np.ndarray
    values: "_Values | None" = None


@dataclass(frozen=True)
class _Values:
    """Of the image within one region."""

    total: float
    total_of_squares: float
    low: float
    high: float


def measure_picture_regions(
    labels: np.ndarray, names: Mapping[int, str], *, spacing_mm: tuple[float, float] | None = None
) -> list[MeasuredRegion]:
    """Measure the regions of a picture, in pixels, and in millimetres where the spacing is known.

    Args:
        labels: whole numbers, 0 for the background, shape (H, W).
        names: what each number stands for; "object" where it says nothing.
        spacing_mm: between rows and between columns.
    """
    return [
        MeasuredRegion(extent.number, names.get(extent.number, "object"), tuple(_in_picture(extent, spacing_mm)))
        for extent in _extents(labels)
    ]


def measure_volume_regions(
    labels: np.ndarray,
    grid: VoxelGrid,
    names: Mapping[int, str],
    *,
    read_slice: Callable[[int], np.ndarray] | None = None,
    unit: IntensityUnit = "none",
) -> list[MeasuredRegion]:
    """Measure the regions of a volume: volumes, diameters of spheres of the same volume, places in LPS, values.

    Args:
        labels: whole numbers, 0 for the background, shape (D, H, W).
        grid: where the voxels lie.
        names: what each number stands for; "object" where it says nothing.
        read_slice: returns the image's values in a slice with labels, shape (H, W), if they are to be measured.
        unit: of the values.

    Raises:
        ValueError: the labels are not of the grid's shape.
    """
    if labels.shape != grid.shape:
        raise ValueError(f"labels must have the shape of the grid {grid.shape}, got {labels.shape}")
    regions = []
    for extent in _extents(labels, read_slice):
        measured = [*_in_volume(extent, grid), *_intensities(extent, "" if unit == "none" else unit)]
        regions.append(MeasuredRegion(extent.number, names.get(extent.number, "object"), tuple(measured)))
    return regions


def _in_picture(extent: _Extent, spacing_mm: tuple[float, float] | None) -> Sequence[Measurement]:
    row, column = (float(value) for value in extent.centre)
    (top, left), (bottom, right) = extent.first, extent.last + 1
    measured = [
        Measurement("area", float(extent.size), "px"),
        Measurement("diameter", 2 * float(np.sqrt(extent.size / np.pi)), "px"),
        Measurement("centre_x", column, "px"),
        Measurement("centre_y", row, "px"),
        *(
            Measurement(name, float(value), "px")
            for name, value in (("left", left), ("top", top), ("right", right), ("bottom", bottom))
        ),
    ]
    if spacing_mm is not None:
        area = extent.size * spacing_mm[0] * spacing_mm[1]
        measured.append(Measurement("area", area, "mm2"))
        measured.append(Measurement("diameter", 2 * float(np.sqrt(area / np.pi)), "mm"))
    return measured


def _in_volume(extent: _Extent, grid: VoxelGrid) -> Sequence[Measurement]:
    volume = extent.size * grid.voxel_mm3
    x, y, z = (float(value) for value in grid.positions_mm(extent.centre[None])[0])
    return [
        Measurement("volume", volume, "mm3"),
        Measurement("diameter", (6 * volume / np.pi) ** (1 / 3), "mm"),
        Measurement("voxels", float(extent.size), "count"),
        Measurement("centre_x", x, "mm"),
        Measurement("centre_y", y, "mm"),
        Measurement("centre_z", z, "mm"),
        Measurement("first_slice", float(extent.first[0]), "index"),
        Measurement("last_slice", float(extent.last[0]), "index"),
    ]


def _intensities(extent: _Extent, unit: str) -> Sequence[Measurement]:
    if extent.values is None:
        return ()
    mean = extent.values.total / extent.size
    spread = max(extent.values.total_of_squares / extent.size - mean**2, 0.0) ** 0.5
    found = {"mean": mean, "sd": spread, "min": extent.values.low, "max": extent.values.high}
    return [Measurement(name, value, unit) for name, value in found.items()]


def _extents(labels: np.ndarray, read_slice: Callable[[int], np.ndarray] | None = None) -> list[_Extent]:
    """Return the extent of each number but 0, slice by slice, so that large maps need little memory."""
    numbers: dict[int, _Extent] = {}
    for index, plane in enumerate(labels if labels.ndim == 3 else labels[None]):
        if not plane.any():
            continue
        for extent in _plane_extents(plane, None if read_slice is None else read_slice(index)):
            place = extent if labels.ndim == 2 else _lifted(extent, index)
            known = numbers.get(extent.number)
            numbers[extent.number] = place if known is None else _joined(known, place)
    return [numbers[number] for number in sorted(numbers)]


def _plane_extents(plane: np.ndarray, values: np.ndarray | None) -> list[_Extent]:
    places = np.argwhere(plane)
    found, which = np.unique(plane[tuple(places.T)], return_inverse=True)
    sizes = np.bincount(which, minlength=len(found))
    sums = np.stack([np.bincount(which, along, minlength=len(found)) for along in places.T], axis=1)
    first, last = np.full((len(found), 2), np.iinfo(np.int64).max), np.full((len(found), 2), -1)
    np.minimum.at(first, which, places)
    np.maximum.at(last, which, places)
    measured = [None] * len(found) if values is None else _plane_values(values[tuple(places.T)], which, len(found))
    return [
        _Extent(int(number), int(size), total / size, low, high, of)
        for number, size, total, low, high, of in zip(found, sizes, sums, first, last, measured, strict=True)
    ]


def _plane_values(inside: np.ndarray, which: np.ndarray, num_regions: int) -> list[_Values]:
    exact = inside.astype(np.float64)
    totals = np.bincount(which, exact, minlength=num_regions)
    squares = np.bincount(which, exact**2, minlength=num_regions)
    low, high = np.full(num_regions, np.inf), np.full(num_regions, -np.inf)
    np.minimum.at(low, which, exact)
    np.maximum.at(high, which, exact)
    return [_Values(*map(float, of)) for of in zip(totals, squares, low, high, strict=True)]


def _lifted(extent: _Extent, depth: int) -> _Extent:
    """Return the extent within a volume of one within its slice."""
    centre, first, last = (np.concatenate([[depth], part]) for part in (extent.centre, extent.first, extent.last))
    return _Extent(extent.number, extent.size, centre, first, last, extent.values)


def _joined(one: _Extent, other: _Extent) -> _Extent:
    size = one.size + other.size
    centre = (one.centre * one.size + other.centre * other.size) / size
    first, last = np.minimum(one.first, other.first), np.maximum(one.last, other.last)
    values = None
    if one.values is not None and other.values is not None:
        values = _Values(
            one.values.total + other.values.total,
            one.values.total_of_squares + other.values.total_of_squares,
            min(one.values.low, other.values.low),
            max(one.values.high, other.values.high),
        )
    return _Extent(one.number, size, centre, first, last, values)
