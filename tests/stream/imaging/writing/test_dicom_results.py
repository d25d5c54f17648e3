import tarfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from models.imaging.orientation import placed_in
from models.imaging.region_measures import MeasuredRegion, measure_volume_regions
from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume
from stream.imaging.writing.dicom_results import write_dicom_results
from stream.imaging.writing.dicom_segmentation import SegmentingModel
from tests.stream.imaging.dicom.made_slices import PATIENT, make_series
from tests.stream.imaging.dicom.test_series import make_enhanced

MODEL = SegmentingModel("nodules", "0123abcd")


def written(folder: Path, volume: StoredVolume, labels: np.ndarray, names: dict[int, str]) -> tuple[Path, ...]:
    values = volume.load().voxels[0]
    regions = measure_volume_regions(
        labels, volume.grid, names, read_slice=values.__getitem__, unit=volume.intensity_unit
    )
    return write_dicom_results(folder, "scan", volume.references, labels, volume.grid, regions=regions, model=MODEL)


def labels_of(path: Path, volume: StoredVolume) -> np.ndarray:
    """Return the segments of a SEG in the voxels of the volume, by nothing but where its frames say they lie."""
    segmentation = dcmread(path)
    labels = np.zeros(volume.grid.shape, int)
    frames = segmentation.pixel_array.reshape(-1, segmentation.Rows, segmentation.Columns)
    for frame, groups in zip(frames, segmentation.PerFrameFunctionalGroupsSequence, strict=True):
        place = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        index = volume.grid.indices(place[None])[0]
        np.testing.assert_allclose(index, np.rint(index), atol=1e-2)
        assert np.rint(index[1:]).tolist() == [0, 0]
        shared = segmentation.SharedFunctionalGroupsSequence[0]
        holder = groups if "SegmentIdentificationSequence" in groups else shared
        number = holder.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        labels[round(index[0])][frame > 0] = number
    return labels


def test_segments_of_the_real_ct_lie_in_its_slices(shared_data: Path, tmp_path: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom")
    labels = np.zeros(ct.grid.shape, np.uint16)
    labels[5:9, 200:220, 200:230] = 300
    labels[12, 40:60, 300:310] = 7
    segments, report = written(tmp_path, ct, labels, {300: "nodule", 7: "nodule"})
    assert np.array_equal(labels_of(segments, ct), np.where(labels == 7, 1, np.where(labels == 300, 2, 0)))
    header = dcmread(segments)
    assert [segment.SegmentLabel for segment in header.SegmentSequence] == ["nodule 7", "nodule 300"]
    assert header.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue == "27925004"
    assert header.SegmentSequence[0].SegmentAlgorithmName == "nodules"
    assert dcmread(report).Modality == "SR"


def test_segments_are_read_back_as_labels_of_the_slices_that_have_some(shared_data: Path, tmp_path: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom")
    labels = np.zeros(ct.grid.shape, np.uint16)
    labels[5:9, 200:220, 200:230], labels[12, 40:60, 300:310] = 1, 2
    segments, _ = written(tmp_path, ct, labels, {1: "nodule", 2: "lesion"})
    again = read_label_map(segments)
    assert again.grid is not None
    assert again.labels.shape == (8, 512, 512)
    assert np.array_equal(placed_in(again.labels, again.grid, ct.grid), labels)
    with pytest.raises(SourceRefused, match="required labels, found a DICOM image"):
        read_label_map(ct.references[0])


def test_segments_of_a_heart_that_lies_obliquely_lie_in_its_slices(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(shared_data / "cardiac_mr/SCD0000201/dicom.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    heart = open_volume(f"{tmp_path / 'dicom'}#300:0")
    labels = np.zeros(heart.grid.shape, np.uint8)
    labels[3:8, 100:140, 110:130] = 1
    segments, _ = written(tmp_path, heart, labels, {1: "left ventricle"})
    assert np.array_equal(labels_of(segments, heart), labels)
    first = dcmread(heart.references[0])
    header = dcmread(segments)
    assert header.StudyInstanceUID == first.StudyInstanceUID
    assert header.FrameOfReferenceUID == first.FrameOfReferenceUID
    assert str(header.PatientID) == str(first.PatientID)


def test_segments_of_an_enhanced_object_lie_in_its_slices(tmp_path: Path) -> None:
    volume = open_volume(make_enhanced(tmp_path / "enhanced.dcm"))
    labels = np.zeros(volume.grid.shape, np.uint8)
    labels[0, 2, 3], labels[2, 4, 5] = 1, 1
    segments, _ = written(tmp_path, volume, labels, {1: "lesion"})
    assert np.array_equal(labels_of(segments, volume), labels)


def test_the_report_gives_each_region_its_measurements_with_units(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct"))
    labels = np.zeros(volume.grid.shape, np.uint8)
    labels[1:3, 2:4, 2:5] = 1
    segments, report = written(tmp_path, volume, labels, {1: "nodule"})
    header = dcmread(report)
    assert str(header.PatientName) == PATIENT
    found = {}
    pending = [header]
    while pending:
        item = pending.pop()
        pending += list(item.get("ContentSequence", []))
        if item.get("ValueType") == "NUM":
            measured = item.MeasuredValueSequence[0]
            unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
            found[item.ConceptNameCodeSequence[0].CodeMeaning] = (float(measured.NumericValue), unit)
    assert found["Volume"] == (pytest.approx(12 * 0.7, abs=1e-3), "mm3")
    assert found["Mean"] == (pytest.approx((-4 + 16) / 2), "[hnsf'U]")
    evidence = header.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    referenced = {entry.ReferencedSOPInstanceUID for series in evidence for entry in series.ReferencedSOPSequence}
    assert dcmread(segments).SOPInstanceUID in referenced


def test_where_nothing_was_found_no_file_is_written(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct"))
    assert written(tmp_path, volume, np.zeros(volume.grid.shape, np.uint8), {}) == ()
    assert not list(tmp_path.glob("*.dcm"))


def test_labels_of_another_shape_are_refused(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct"))
    with pytest.raises(ValueError, match=r"the shape of the grid \(5, 6, 7\)"):
        write_dicom_results(
            tmp_path,
            "scan",
            volume.references,
            np.ones((5, 6, 8), np.uint8),
            volume.grid,
            regions=[MeasuredRegion(1, "nodule", ())],
            model=MODEL,
        )
