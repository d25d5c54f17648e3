from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest
from pydicom import dcmread

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import StreamError
from stream.imaging.budget import Budget
from stream.imaging.opening import open_volume
from stream.imaging.picture_files import read_indices
from stream.imaging.writing.label_maps import LabelVolumeWriter, write_label_picture, write_label_volume
from tests.peak_memory import peak_memory


def oblique_grid(shear: float = 0.0) -> VoxelGrid:
    cosine, sine = np.cos(0.3), np.sin(0.3)
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]) @ np.eye(3)[:, ::-1]
    turn[:, 0] = turn @ (np.cos(shear), np.sin(shear), 0)
    return VoxelGrid.of_axes((5, 6, 7), (4, 2, 3), directions=turn, origin_mm=(-10, 20, 30))


@pytest.mark.parametrize("name", ["labels.nii", "labels.nii.gz"])
@pytest.mark.parametrize("shear", [0.0, 0.2])
def test_labels_come_back_in_their_places(tmp_path: Path, name: str, shear: float) -> None:
    labels = np.random.default_rng(0).integers(0, 9, (5, 6, 7))
    grid = oblique_grid(shear)
    write_label_volume(tmp_path / name, labels, grid)
    again = open_volume(tmp_path / name).load()
    assert np.array_equal(again.voxels[0], labels)
    assert again.grid.is_like(grid, tolerance=1e-5)


@pytest.mark.parametrize("original", ["ct_dicom_seg.nii.gz", "ts_example_ct_sm.nii.gz"])
def test_labels_of_a_nifti_open_in_its_place_by_nibabel(shared_data: Path, tmp_path: Path, original: str) -> None:
    volume = open_volume(shared_data / "ct" / original).load()
    write_label_volume(tmp_path / "labels.nii.gz", (volume.voxels[0] > 0).astype(np.uint8), volume.grid)
    image, labels = nibabel.load(shared_data / "ct" / original), nibabel.load(tmp_path / "labels.nii.gz")
    np.testing.assert_allclose(labels.affine, image.affine, atol=1e-4)
    np.testing.assert_allclose(labels.header.get_qform(), image.affine, atol=1e-3)
    assert labels.get_data_dtype() == np.uint8
    assert np.array_equal(np.asarray(labels.dataobj) > 0, image.get_fdata() > 0)


def test_labels_of_a_dicom_series_open_where_each_slice_says(shared_data: Path, tmp_path: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom")
    bone = (ct.load().voxels[0] > 300).astype(np.uint8)
    write_label_volume(tmp_path / "labels.nii.gz", bone, ct.grid)
    labels = nibabel.load(tmp_path / "labels.nii.gz")
    for path in sorted((shared_data / "ct/ct_dicom").iterdir())[::7]:
        header = dcmread(path)
        left, back, up = header.ImagePositionPatient
        row_spacing, column_spacing = header.PixelSpacing
        # The pixel in row 100 and column 200 of this slice, in NIfTI's RAS; this series is plainly axial.
        place = np.array([-(left + 200 * column_spacing), -(back + 100 * row_spacing), up, 1])
        index = np.rint(np.linalg.solve(labels.affine, place)).astype(int)[:3]
        hounsfield = header.pixel_array * header.RescaleSlope + header.RescaleIntercept
        assert np.array_equal(np.asarray(labels.dataobj)[:, :, index[2]].T > 0, hounsfield > 300)
        assert index[:2].tolist() == [200, 100]


@pytest.mark.parametrize(("largest", "dtype"), [(255, np.uint8), (256, np.uint16), (65536, np.int32)])
def test_labels_take_no_more_bits_than_they_need(tmp_path: Path, largest: int, dtype: type) -> None:
    labels = np.zeros((5, 6, 7), np.int64)
    labels[2, 3, 4] = largest
    write_label_volume(tmp_path / "labels.nii", labels, oblique_grid())
    assert nibabel.load(tmp_path / "labels.nii").get_data_dtype() == dtype
    assert open_volume(tmp_path / "labels.nii").load().voxels[0, 2, 3, 4] == largest


def test_slabs_together_are_the_same_file(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 9, (5, 6, 7))
    write_label_volume(tmp_path / "whole.nii.gz", labels, oblique_grid())
    with LabelVolumeWriter(tmp_path / "slabs.nii.gz", oblique_grid(), max_label=int(labels.max())) as writer:
        writer.write(labels[:2])
        writer.write(labels[2:])
    again = [open_volume(tmp_path / name).load().voxels for name in ("whole.nii.gz", "slabs.nii.gz")]
    assert np.array_equal(*again)


def test_a_large_map_is_written_in_little_memory(tmp_path: Path) -> None:
    grid = VoxelGrid.of_axes((200, 512, 512), (1, 0.7, 0.7))
    slab = np.zeros((10, 512, 512), np.uint8)
    with peak_memory() as peak, LabelVolumeWriter(tmp_path / "labels.nii.gz", grid, max_label=1) as writer:
        for _ in range(20):
            writer.write(slab)
    assert peak.num_bytes < 12 << 20  # the whole map takes 50 MiB
    assert open_volume(tmp_path / "labels.nii.gz").shape == (1, 200, 512, 512)


def test_an_unfinished_map_leaves_no_file(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="required all 5 slices"),
        LabelVolumeWriter(tmp_path / "labels.nii.gz", oblique_grid(), max_label=1) as writer,
    ):
        writer.write(np.zeros((2, 6, 7), np.uint8))
    with (
        pytest.raises(RuntimeError, match="on the way"),
        LabelVolumeWriter(tmp_path / "labels.nii.gz", oblique_grid(), max_label=1) as writer,
    ):
        raise RuntimeError("on the way")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("largest", [3, 255, 256, 65535])
def test_instances_of_a_picture_come_back_equal(tmp_path: Path, largest: int) -> None:
    labels = np.zeros((30, 40), np.int32)
    labels[3:7, 10:20], labels[20, 20] = 1, largest
    write_label_picture(tmp_path / "labels.png", labels)
    assert np.array_equal(read_indices(tmp_path / "labels.png", Budget()), labels)
    assert cv2.imread(str(tmp_path / "labels.png"), cv2.IMREAD_UNCHANGED).dtype == (
        np.uint8 if largest < 256 else np.uint16
    )


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.array([[-1, 2]]), "labels must lie in 0 to 65535, got -1 to 2"),
        (np.array([[0, 65536]]), "labels must lie in 0 to 65535, got 0 to 65536"),
        (np.zeros((2, 2)), "whole numbers of 2 axes, got float64"),
        (np.zeros((2, 2, 3), int), "whole numbers of 2 axes"),
    ],
)
def test_what_are_no_labels_is_refused(tmp_path: Path, labels: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write_label_picture(tmp_path / "labels.png", labels)


def test_a_folder_that_is_not_there_is_said_to_be_the_reason(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"gone/labels\.png cannot be written"):
        write_label_picture(tmp_path / "gone/labels.png", np.zeros((4, 4), int))
    with pytest.raises(StreamError, match=r"gone/labels\.nii cannot be written"):
        write_label_volume(tmp_path / "gone/labels.nii", np.zeros((5, 6, 7), int), oblique_grid())
