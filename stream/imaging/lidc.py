"""LIDC-IDRI: DICOM series of CT with the marks of four radiologists in an XML file in the same folder.

A nodule is judged when at least three of them outlined it, as LUNA16 takes them; what fewer saw, and what is smaller
than 3 mm, may be found or not. Its place and diameter are means over those who outlined it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.labelled_scan import LabelledScan
from models.datasets.lidc_xml import Contour, LidcReading, Mark, read_lidc_xml
from models.datasets.problems import Problems
from models.evaluation.froc import Lesion
from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.budget import Budget
from stream.imaging.dicom.frame_header import NotAnImage, read_frame_headers
from stream.imaging.opening import open_volume
from stream.sources.dicom_signature import is_dicom

LEAST_READERS = 3
_SMALL_MM = 3.0
_OFF_SLICE = 0.25
"""Of the distance of slices: a mark that lies farther from every slice belongs to none."""


@dataclass(frozen=True)
class _Drawn:
    """One mark in the patient's coordinates."""

    reader: int
    centre_mm: tuple[float, float, float]
    diameter_mm: float
    is_outlined: bool


def read_lidc(folder: Path) -> list[LabelledScan]:
    """Return the scans below a folder that have an XML file beside them, sorted by their SeriesInstanceUID.

    Raises:
        ValueError: there is none, an XML file is wrong or belongs to another series, or a mark lies outside of its
            scan; one line each, with file and line.
        SourceRefused: a series cannot be opened.
    """
    files = sorted(folder.rglob("*.xml")) if folder.is_dir() else []
    if not files:
        raise ValueError(f"{folder}: required series of DICOM with an XML file beside each, found no XML file")
    problems = Problems()
    scans = [_read_scan(path, problems) for path in files]
    problems.raise_if_any()
    return sorted(scans, key=lambda scan: scan.name)


def _read_scan(path: Path, problems: Problems) -> LabelledScan:
    reading = read_lidc_xml(path)
    found = _series_uid(path.parent)
    if found != reading.series_uid:
        problems.add(path, f"required the marks of the series beside it, {found or 'none'}, got {reading.series_uid}")
        return LabelledScan(reading.series_uid, path.parent)
    grid = open_volume(path.parent).grid
    return LabelledScan(reading.series_uid, path.parent, _nodules(reading, grid, problems))


def _series_uid(folder: Path) -> str:
    """Return the SeriesInstanceUID of the first DICOM image in a folder, or nothing."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and is_dicom(path):
            try:
                return next(iter(read_frame_headers(path, Budget()))).text("SeriesInstanceUID")
            except (NotAnImage, SourceRefused, StopIteration):
                continue
    return ""


def _nodules(reading: LidcReading, grid: VoxelGrid, problems: Problems) -> tuple[Lesion, ...]:
    drawn = [_drawn(reader, mark, grid, problems) for reader, marks in enumerate(reading.sessions) for mark in marks]
    groups: list[list[_Drawn]] = []
    for one in sorted((one for one in drawn if one), key=lambda one: -one.diameter_mm):
        near = (group for group in groups if _distance(one, group[0]) < group[0].diameter_mm / 2)
        group = next(near, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return tuple(_joined(group) for group in groups)


def _joined(group: Sequence[_Drawn]) -> Lesion:
    outlined = [one for one in group if one.is_outlined] or group
    x, y, z = (float(at) for at in np.mean([one.centre_mm for one in outlined], axis=0))
    diameter = float(np.mean([one.diameter_mm for one in outlined]))
    num_readers = len({one.reader for one in group if one.is_outlined})
    return Lesion((x, y, z), diameter, is_judged=num_readers >= LEAST_READERS)


def _drawn(reader: int, mark: Mark, grid: VoxelGrid, problems: Problems) -> _Drawn | None:
    """Return where a mark lies, weighing its slices by what they show; None, and a complaint, outside of the scan."""
    weights, centres = [], []
    for contour in mark.contours:
        index = _slice_of(contour, grid)
        if index is None:
            problems.add(contour.place, f"no slice of the series lies at {contour.z_mm:g} mm")
            return None
        if (contour.points < 0).any() or (contour.points >= np.array(grid.shape[:0:-1])).any():
            problems.add(contour.place, f"points must lie in slices of {grid.shape[2]} x {grid.shape[1]} pixels")
            return None
        area, (column, row) = _area(contour.points)
        weights.append(area if contour.is_inclusion else -area)
        centres.append((index, row, column))
    total = sum(weights)
    middle = np.average(centres, axis=0, weights=weights) if total > 0 else np.mean(centres, axis=0)
    x, y, z = (float(at) for at in grid.positions_mm(middle[None])[0])
    volume = max(total, 0.0) * grid.voxel_mm3
    is_outlined = mark.is_outlined and volume > 0
    diameter = (6 * volume / np.pi) ** (1 / 3) if is_outlined else _SMALL_MM
    return _Drawn(reader, (x, y, z), float(diameter), is_outlined)


def _slice_of(contour: Contour, grid: VoxelGrid) -> float | None:
    """Return the index of the slice at a height, of a series whose slices are axial."""
    heights = grid.positions_mm(np.array([[index, 0, 0] for index in range(grid.shape[0])]))[:, 2]
    nearest = int(np.argmin(np.abs(heights - contour.z_mm)))
    return float(nearest) if abs(heights[nearest] - contour.z_mm) <= _OFF_SLICE * grid.spacing_mm[0] else None


def _area(points: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the area in pixels that a closed line surrounds, less the line itself, and its middle."""
    x, y = points.T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    double = float(cross.sum())
    if len(points) < 3 or abs(double) < 1e-9:
        return 1.0, points.mean(0)
    centre = np.array([((x + next_x) * cross).sum(), ((y + next_y) * cross).sum()]) / (3 * double)
    inner = abs(double) / 2 - len(points) / 2 + 1  # Pick's theorem: pixels within, those on the line left out
    return max(inner, 1.0), centre


def _distance(one: _Drawn, other: _Drawn) -> float:
    return float(np.linalg.norm(np.array(one.centre_mm) - other.centre_mm))
