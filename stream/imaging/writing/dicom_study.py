"""The series that results belong to, as a source of their patient, study and place."""

from collections.abc import Sequence
from datetime import datetime

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from stream.imaging.budget import refusing

_SHARED_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_MAY_BE_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)


def read_study(references: Sequence[str]) -> list[Dataset]:
    """Read the headers of a series; what an anonymiser emptied gets identities that hold for this one output."""
    sources: list[Dataset] = []
    made: dict[str, str] = {}
    for reference in references:
        with refusing(reference, "a readable DICOM header"):
            source = dcmread(reference, stop_before_pixels=True)
            source.SOPClassUID = source.get("SOPClassUID") or source.file_meta.MediaStorageSOPClassUID
            source.SOPInstanceUID = source.get("SOPInstanceUID") or source.file_meta.MediaStorageSOPInstanceUID
        for keyword in _SHARED_UIDS:
            if not source.get(keyword):
                setattr(source, keyword, made.setdefault(keyword, generate_uid()))
        for keyword in _MAY_BE_EMPTY:
            if keyword not in source or (keyword.endswith("Date") and not _is_date(source.get(keyword))):
                setattr(source, keyword, "")
        # They make one volume, whatever an anonymiser wrote into each of its slices.
        source.FrameOfReferenceUID = sources[0].FrameOfReferenceUID if sources else source.FrameOfReferenceUID
        sources.append(source)
    return sources


def _is_date(value: object) -> bool:
    try:
        return bool(datetime.strptime(str(value), "%Y%m%d"))
    except ValueError:
        return False


def free_series_number(sources: Sequence[Dataset]) -> int:
    """Return a number that no series of the scanner is likely to bear."""
    return 1000 + int(sources[0].get("SeriesNumber") or 0) % 1000
