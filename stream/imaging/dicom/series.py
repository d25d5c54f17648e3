"""A folder of DICOM files as volumes: one for each series, and for each phase of a series."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget
from stream.imaging.dicom.frame_header import FrameHeader, NotAnImage, read_frame_headers
from stream.imaging.dicom.frame_pixels import grey_values
from stream.imaging.dicom.intensity import intensity_of
from stream.imaging.dicom.stacking import Stack, stack_phases
from stream.imaging.dicom.uptake import uptake_of
from stream.sources.dicom_signature import is_dicom

_LOCALIZER = "LOCALIZER"
_MOST_TOLD = 3


@dataclass(frozen=True, eq=False)
class DicomSeries:
    """The frames of one series that have one size and one orientation."""

    number: str
    """SeriesNumber; empty when the header has none."""
    modality: str
    frames: tuple[FrameHeader, ...] = field(repr=False)

    @property
    def described(self) -> str:
        rows, columns = self.frames[0].size
        return f"series {self.number or 'without number'} ({self.modality}, {len(self.frames)} x {columns}x{rows})"


@dataclass(frozen=True, eq=False)
class FoundSeries:
    """What a folder holds."""

    series: tuple[DicomSeries, ...]
    problems: tuple[tuple[str, str], ...]
    """DICOM files that cannot be read, each with the reason."""
    num_ignored: int
    """Files that are no DICOM image, and localizers beside a series."""


def find_series(location: Path, budget: Budget) -> FoundSeries:
    """Read the headers of a DICOM file, or of all DICOM files below a folder, and sort them into series."""
    paths = [location] if location.is_file() else sorted(path for path in location.rglob("*") if path.is_file())
    groups: dict[tuple[object, ...], list[FrameHeader]] = {}
    problems: list[tuple[str, str]] = []
    num_ignored = 0
    for path in paths:
        if path.name.upper() == "DICOMDIR" or not is_dicom(path):
            num_ignored += 1
            continue
        try:
            for header in read_frame_headers(path, budget):
                groups.setdefault(_kind_of(header), []).append(header)
        except NotAnImage:
            num_ignored += 1
        except SourceRefused as refusal:
            problems.append((str(path), str(refusal)))
    found = [
        DicomSeries(frames[0].text("SeriesNumber"), frames[0].text("Modality"), tuple(frames))
        for frames in groups.values()
    ]
    stacks = [series for series in found if _LOCALIZER not in series.frames[0].text("ImageType")] or found
    num_ignored += sum(len(series.frames) for series in found if series not in stacks)
    return FoundSeries(tuple(stacks), tuple(problems), num_ignored)


def open_series(location: Path, budget: Budget, selector: str = "") -> StoredVolume:
    """Read the headers of one volume: of a folder with one series, or of one enhanced multi-frame file.

    Args:
        location: folder or file.
        budget: what it may hold.
        selector: "SERIES", "SERIES:PHASE" or ":PHASE" where there are several; phases are counted from 0.

    Raises:
        SourceRefused: there is none, or several and no choice among them; it is larger than allowed; slices are
            missing, doubled, uneven, damaged or of colour.
    """
    number, _, phase = selector.partition(":")
    found = find_series(location, budget)
    unread = _shortened([reason for _, reason in found.problems])
    source = f"{location}#{selector}" if selector else str(location)
    try:
        series = _choose_series(source, found.series, number)
        stack = _choose_phase(location, series, stack_phases(source, series.frames), phase)
    except SourceRefused as refusal:
        raise SourceRefused(f"{refusal}; and of its files: {unread}" if unread else str(refusal)) from None
    budget.require_volume(source, stack.grid.shape)
    return _stored_volume(source, series, stack, (f"left out what cannot be read: {unread}",) if unread else ())


def _kind_of(header: FrameHeader) -> tuple[object, ...]:
    """Return what all frames of a volume have in common."""
    orientation = header.numbers("ImageOrientationPatient", 6)
    return (
        header.text("SeriesInstanceUID"),
        header.text("SeriesNumber"),
        header.text("Modality"),
        header.size,
        None if orientation is None else tuple(np.round(orientation, 2) + 0.0),
        _LOCALIZER in header.text("ImageType"),
    )


def _choose_series(source: str, found: Sequence[DicomSeries], number: str) -> DicomSeries:
    chosen = [series for series in found if not number or series.number == number]
    if not chosen:
        wanted = f"a DICOM series {number}" if number else "a DICOM series"
        raise SourceRefused(f"{source}: required {wanted}, found {_listed(found)}")
    if len(chosen) > 1:
        is_numbered = len({series.number for series in chosen}) > 1
        hint = (
            f"choose one, as with {source}#{chosen[0].number}" if is_numbered else "put each into a folder of its own"
        )
        raise SourceRefused(f"{source}: required one DICOM series, found {_listed(chosen)}; {hint}")
    return chosen[0]


def _shortened(reasons: Sequence[str]) -> str:
    more = f"; and {len(reasons) - _MOST_TOLD} more" if len(reasons) > _MOST_TOLD else ""
    return "; ".join(reasons[:_MOST_TOLD]) + more


def _listed(series: Sequence[DicomSeries]) -> str:
    return "none" if not series else f"{len(series)}: " + ", ".join(entry.described for entry in series)


def _choose_phase(location: Path, series: DicomSeries, stacks: Sequence[Stack], phase: str) -> Stack:
    if phase.isdigit() and int(phase) < len(stacks):
        return stacks[int(phase)]
    if len(stacks) == 1 and not phase:
        return stacks[0]
    raise SourceRefused(
        f"{location}: required one image at each place, found {len(stacks)} phases of {stacks[0].grid.shape[0]} "
        f"slices; choose one, from {location}#{series.number}:0 to {location}#{series.number}:{len(stacks) - 1}"
    )


def _stored_volume(source: str, series: DicomSeries, stack: Stack, remarks: tuple[str, ...]) -> StoredVolume:
    for frame in stack.frames:
        if not frame.is_grey:
            raise SourceRefused(
                f"{source}: required slices in grey, found {frame.text('PhotometricInterpretation')} in "
                f"{frame.source}; send the original, not a rendering"
            )
    uptake = uptake_of(series.frames) if series.modality == "PT" else None
    intensity = intensity_of(stack.frames[0], uptake)
    return StoredVolume(
        grid=stack.grid,
        source_id=source,
        modality=series.modality,
        intensity_unit=intensity.unit,
        remarks=(*stack.remarks, *remarks, *((intensity.remark,) if intensity.remark else ())),
        references=tuple(dict.fromkeys(str(frame.path) for frame in stack.frames)),
        read_slab=lambda start, stop: np.stack(
            [grey_values(frame, intensity_of(frame, uptake)) for frame in stack.frames[start:stop]]
        )[None],
    )
