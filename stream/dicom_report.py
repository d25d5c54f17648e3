"""Writes a measurement of an echocardiogram as a DICOM structured report (Comprehensive SR)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian, generate_uid

from models.whole_file import whole_file
from stream.errors import StreamError
from stream.sources.dicom_header import quiet_pydicom

_PATIENT_AND_STUDY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "SpecificCharacterSet",
)
_SOURCE = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID")


@dataclass(frozen=True)
class Code:
    """A concept of a public vocabulary."""

    value: str
    scheme: str
    meaning: str

    def item(self) -> Dataset:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = self.value, self.scheme, self.meaning
        return item


TITLE = Code("125200", "DCM", "Adult Echocardiography Procedure Report")
EJECTION_FRACTION = Code("18043-0", "LN", "Left Ventricular Ejection Fraction")
FINDING = Code("121071", "DCM", "Finding")
PERCENT, MILLILITRE = Code("%", "UCUM", "Percent"), Code("ml", "UCUM", "ml")
END_DIASTOLIC_VOLUME = Code("18026-5", "LN", "Left Ventricular End Diastolic Volume")
END_SYSTOLIC_VOLUME = Code("18148-7", "LN", "Left Ventricular End Systolic Volume")


@dataclass(frozen=True)
class ReportedNumber:
    """One line of the report."""

    concept: Code
    value: float
    unit: Code


def write_report(path: Path, source: Path, numbers: list[ReportedNumber], *, remark: str) -> None:
    """Write the report of a DICOM cine, into its study, unverified.

    Args:
        path: of the report; it appears whole or not at all.
        source: the cine that was read; its patient and study go into the report.
        numbers: what was measured.
        remark: what a reader must know, such as which model read it.

    Raises:
        StreamError: the cine cannot be read, or the report not written.

    Source: DICOM PS3.3 A.35.3 (Comprehensive SR); concepts as in PS3.16 TID 5200.
    """
    try:
        with quiet_pydicom(), whole_file(path) as draft:
            cine = dcmread(source, stop_before_pixels=True, specific_tags=[*_PATIENT_AND_STUDY, *_SOURCE])
            _report(cine, numbers, remark).save_as(draft, enforce_file_format=True)
    except OSError as error:
        raise StreamError(f"the report {path} cannot be written: {error}") from error


def _report(cine: Dataset, numbers: list[ReportedNumber], remark: str) -> Dataset:
    now = datetime.now(UTC)
    report = Dataset()
    report.file_meta = FileMetaDataset()
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword in _PATIENT_AND_STUDY:
        setattr(report, keyword, cine.get(keyword, ""))
    report.StudyInstanceUID = cine.get("StudyInstanceUID") or generate_uid()
    report.SOPClassUID, report.SOPInstanceUID = ComprehensiveSRStorage, generate_uid()
    report.SeriesInstanceUID, report.SeriesNumber, report.InstanceNumber = generate_uid(), 1, 1
    report.Modality, report.Manufacturer, report.ManufacturerModelName = "SR", "Vigil", "Vigil"
    report.ReferencedPerformedProcedureStepSequence = Sequence([])
    report.PerformedProcedureCodeSequence = Sequence([])
    report.ContentDate, report.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    report.TimezoneOffsetFromUTC = "+0000"
    report.CompletionFlag, report.VerificationFlag = "COMPLETE", "UNVERIFIED"
    report.CurrentRequestedProcedureEvidenceSequence = Sequence([_evidence(report.StudyInstanceUID, cine)])
    report.ValueType, report.ContinuityOfContent = "CONTAINER", "SEPARATE"
    report.ConceptNameCodeSequence = Sequence([TITLE.item()])
    report.ContentSequence = Sequence([*(_number(number) for number in numbers), _text(remark), _image(cine)])
    return report


def _number(number: ReportedNumber) -> Dataset:
    measured = Dataset()
    measured.NumericValue = f"{number.value:.2f}"
    measured.MeasurementUnitsCodeSequence = Sequence([number.unit.item()])
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "NUM"
    item.ConceptNameCodeSequence = Sequence([number.concept.item()])
    item.MeasuredValueSequence = Sequence([measured])
    return item


def _text(remark: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence = Sequence([FINDING.item()])
    item.TextValue = remark
    return item


def _image(cine: Dataset) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
    item.ReferencedSOPSequence = Sequence([_reference(cine)])
    return item


def _evidence(study_uid: str, cine: Dataset) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = cine.get("SeriesInstanceUID") or generate_uid()
    series.ReferencedSOPSequence = Sequence([_reference(cine)])
    study = Dataset()
    study.StudyInstanceUID = study_uid
    study.ReferencedSeriesSequence = Sequence([series])
    return study


def _reference(cine: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = cine.SOPClassUID, cine.SOPInstanceUID
    return item
