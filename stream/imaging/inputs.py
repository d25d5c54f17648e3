"""Which pictures or volumes a job is about: files, folders and globs become a list of inputs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from stream.batch.inputs import AnalysisInput, FoundInputs, Wanted, find_inputs
from stream.imaging.opening import Format, format_of
from stream.sources.dicom_signature import is_dicom

SampleKind = Literal["picture", "volume"]
_FORMATS: dict[SampleKind, frozenset[Format]] = {
    "picture": frozenset({"png", "jpeg", "tiff", "dicom"}),
    "volume": frozenset({"nifti", "nrrd", "metaimage", "hdf5", "tiff", "dicom"}),
}
_INDEX_OF_A_DISK = "DICOMDIR"


def find_imaging_inputs(patterns: Sequence[str], kind: SampleKind, *, excluded: Sequence[Path] = ()) -> FoundInputs:
    """Expand files, folders (recursively) and globs into pictures or volumes, each once, in the order given.

    What is named is always an input: opening it says what is wrong with it. Of a folder those files count that claim a
    format of the kind; for volumes, the DICOM files of one folder are one input, named by the folder.
    """
    formats = _FORMATS[kind]
    wanted = Wanted(
        lambda path: path.name != _INDEX_OF_A_DISK and format_of(path) in formats, f"{kind} that can be read"
    )
    found = find_inputs(patterns, excluded=excluded, wanted=wanted)
    return replace(found, inputs=_with_series(found.inputs)) if kind == "volume" else found


def _with_series(inputs: Sequence[AnalysisInput]) -> tuple[AnalysisInput, ...]:
    """Put the DICOM files of one folder together."""
    together: dict[str, list[AnalysisInput]] = {}
    for entry in inputs:
        path = Path(entry.location)
        place = str(path.parent) if is_dicom(path) else entry.location
        together.setdefault(place, []).append(entry)
    return tuple(
        entries[0] if len(entries) == 1 else AnalysisInput(place, sum(entry.size_bytes for entry in entries))
        for place, entries in together.items()
    )
