"""Slices in their order along the patient: sorted by where they lie, never by their names or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.budget import placed_grid
from stream.imaging.dicom.frame_header import FrameHeader
from stream.imaging.dicom.planes import plane_directions, plane_position, stack_affine

_SAME_PLACE_MM = 0.01
_UNEVEN_SHARE = 0.1
"""By how much of the spacing a slice may lie off its place: scanners round positions."""
_NOTABLE_TILT_DEGREES = 0.1
_ORDER_IN_TIME = ("TemporalPositionIdentifier", "TriggerTime", "EchoTime", "AcquisitionNumber", "InstanceNumber")


@dataclass(frozen=True, eq=False)
class Stack:
    """The slices of one volume, from the first to the last along the normal of their planes."""

    frames: tuple[FrameHeader, ...] = field(repr=False)
    grid: VoxelGrid
    remarks: tuple[str, ...]


def stack_phases(source: str, headers: Sequence[FrameHeader]) -> list[Stack]:
    """Sort the slices of one series into volumes: one for each phase where all places were imaged several times.

    Args:
        source: name of the series, for messages.
        headers: of all its frames; they have one size and one orientation.

    Raises:
        SourceRefused: slices are missing, doubled, uneven or out of line, or do not say where they lie.
    """
    directions = plane_directions(source, headers[0])
    normal = np.cross(*directions)
    unique, remarks = _without_copies(headers)
    offsets = np.array([plane_position(source, header) @ normal for header in unique])
    places = _places(unique, offsets)
    counts = sorted({len(place) for place in places})
    if len(counts) > 1:
        most = max(places, key=len)
        raise SourceRefused(
            f"{source}: required each place to be imaged equally often, found {counts[0]} to {counts[-1]} slices a "
            f"place ({counts[-1]} at {plane_position(source, most[0]) @ normal:.2f} mm along the normal); "
            "remove the duplicates, or send what is missing"
        )
    phases = zip(*(sorted(place, key=_time_key) for place in places), strict=True)
    return [_stack(source, phase, directions, remarks) for phase in phases]


def _stack(
    source: str, frames: tuple[FrameHeader, ...], directions: tuple[np.ndarray, np.ndarray], remarks: Sequence[str]
) -> Stack:
    positions = np.array([plane_position(source, frame) for frame in frames])
    step, remark = _step(source, positions, np.cross(*directions), frames[0])
    grid = placed_grid(source, (len(frames), *frames[0].size), stack_affine(source, frames[0], step))
    return Stack(frames, grid, (*remarks, *((remark,) if remark else ())))


def _step(source: str, positions: np.ndarray, normal: np.ndarray, first: FrameHeader) -> tuple[np.ndarray, str]:
    """Return the way from one slice to the next, and what is to be remarked of it.

    Raises:
        SourceRefused: slices are missing or unevenly spaced, or shifted against each other unevenly.
    """
    if len(positions) == 1:
        thickness = first.number("SpacingBetweenSlices") or first.number("SliceThickness") or 1.0
        return normal * thickness, ""
    _require_even(source, positions @ normal)
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    off = np.linalg.norm(positions - positions[0] - np.arange(len(positions))[:, None] * step, axis=1)
    spacing = float(np.linalg.norm(step))
    if off.max() > _UNEVEN_SHARE * spacing:
        raise SourceRefused(
            f"{source}: required slices in a straight line, found slice {int(off.argmax())} {off.max():.2f} mm aside; "
            "the series holds several stacks or was cut from one that turns, split it"
        )
    tilt = float(np.degrees(np.arccos(np.clip(step @ normal / spacing, -1, 1))))
    if tilt < _NOTABLE_TILT_DEGREES:
        return step, ""
    return step, f"the gantry was tilted by {tilt:.1f} degrees; the voxels keep their places on a sheared grid"


def _require_even(source: str, offsets: np.ndarray) -> None:
    gaps = np.diff(offsets)
    usual = float(np.median(gaps))
    wide = np.flatnonzero(gaps > 1.5 * usual)
    if len(wide):
        num_missing = int(sum(round(gap / usual) - 1 for gap in gaps[wide]))
        at = wide[0]
        raise SourceRefused(
            f"{source}: required slices every {usual:.2f} mm, found {num_missing} missing, the first between "
            f"{offsets[at]:.2f} and {offsets[at + 1]:.2f} mm along the normal; send the whole series"
        )
    off = np.abs(gaps - usual)
    if off.max() > max(_UNEVEN_SHARE * usual, 2 * _SAME_PLACE_MM):
        raise SourceRefused(
            f"{source}: required evenly spaced slices, found gaps of {gaps.min():.2f} to {gaps.max():.2f} mm; "
            "resample the series to even slices first"
        )


def _without_copies(headers: Sequence[FrameHeader]) -> tuple[list[FrameHeader], tuple[str, ...]]:
    """Return each object's frames once: the same object may have been exported twice."""
    unique: dict[object, FrameHeader] = {}
    for header in headers:
        uid = header.text("SOPInstanceUID")
        unique.setdefault((uid, header.index) if uid else (header.path, header.index), header)
    num_copies = len(headers) - len(unique)
    return list(unique.values()), (f"{num_copies} copies of slices were left out",) if num_copies else ()


def _places(headers: Sequence[FrameHeader], offsets: np.ndarray) -> list[list[FrameHeader]]:
    """Return the frames at each place, in the order along the normal."""
    order = np.argsort(offsets, kind="stable")
    places: list[list[FrameHeader]] = []
    last = -np.inf
    for index in order:
        if offsets[index] - last > _SAME_PLACE_MM:
            places.append([])
            last = offsets[index]
        places[-1].append(headers[index])
    return places


def _time_key(header: FrameHeader) -> tuple[float, ...]:
    return tuple(header.number(keyword) or 0.0 for keyword in _ORDER_IN_TIME)
