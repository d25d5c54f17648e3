"""Structured reports of an ejection fraction."""

from pathlib import Path

from pydicom import dcmread

from stream.dicom_report import EJECTION_FRACTION, PERCENT, ReportedNumber, write_report
from stream.sources.dicom_cine import example_echocardiogram


def test_report_lies_in_the_study_of_its_cine_and_holds_the_number(tmp_path: Path) -> None:
    path = tmp_path / "sr.dcm"
    write_report(path, example_echocardiogram(), [ReportedNumber(EJECTION_FRACTION, 54.321, PERCENT)], remark="Read.")
    report, cine = dcmread(path), dcmread(example_echocardiogram(), stop_before_pixels=True)
    assert report.SOPClassUID.name == "Comprehensive SR Storage"
    assert (report.StudyInstanceUID, report.PatientID) == (cine.StudyInstanceUID, cine.PatientID)
    assert report.SOPInstanceUID != cine.SOPInstanceUID
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    number, text, image = report.ContentSequence
    assert number.ConceptNameCodeSequence[0].CodeValue == "18043-0"
    assert float(number.MeasuredValueSequence[0].NumericValue) == 54.32
    assert number.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "%"
    assert text.TextValue == "Read."
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == cine.SOPInstanceUID
    assert [entry.name for entry in tmp_path.iterdir()] == ["sr.dcm"]
