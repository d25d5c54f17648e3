import csv
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import dcmread

from app.imaging.volume_results import write_volume_results
from stream.imaging.opening import open_volume
from stream.imaging.writing.dicom_segmentation import SegmentingModel
from tests.stream.imaging.dicom.made_slices import make_series


def test_a_dicom_series_gives_a_map_a_sheet_a_table_and_dicom(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct"))
    labels = np.zeros(volume.grid.shape, np.uint8)
    labels[1:3, 2:4, 2:5] = 4
    (tmp_path / "out").mkdir()
    regions = write_volume_results(
        tmp_path / "out",
        "ct",
        volume,
        labels,
        {4: "nodule"},
        scores={4: 0.9},
        dicom_model=SegmentingModel("nodules", "0123"),
    )
    assert [(region.label, region.score) for region in regions] == [("nodule", 0.9)]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["ct_labels.nii.gz", "ct_measurements.csv", "ct_overlay.png", "ct_seg.dcm", "ct_sr.dcm"]
    assert np.array_equal(np.asarray(nibabel.load(tmp_path / "out/ct_labels.nii.gz").dataobj).T, labels)
    with (tmp_path / "out/ct_measurements.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["object"], row["label"], row["score"]) == ("4", "nodule", "0.9000")
    assert float(row["volume_mm3"]) == pytest.approx(12 * 2 * 0.7 * 0.5)
    assert (float(row["mean_HU"]), float(row["sd_HU"])) == (6, 10)
    assert (float(row["min_HU"]), float(row["max_HU"])) == (-4, 16)
    assert dcmread(tmp_path / "out/ct_seg.dcm").SegmentSequence[0].SegmentLabel == "nodule 4"


def test_a_real_nifti_gives_no_dicom(shared_data: Path, tmp_path: Path) -> None:
    volume = open_volume(shared_data / "ct/ts_example_ct_sm.nii.gz")
    labels = (open_volume(shared_data / "ct/ts_example_seg.nii.gz").load().voxels[0]).astype(np.int32)
    regions = write_volume_results(
        tmp_path, "body", volume, labels, {5: "liver"}, dicom_model=SegmentingModel("organs", "0123")
    )
    assert len(regions) == len(np.unique(labels)) - 1
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".gz", ".png"]
    image, written = (
        nibabel.load(shared_data / "ct/ts_example_ct_sm.nii.gz"),
        nibabel.load(tmp_path / "body_labels.nii.gz"),
    )
    np.testing.assert_allclose(written.affine, image.affine, atol=1e-4)
