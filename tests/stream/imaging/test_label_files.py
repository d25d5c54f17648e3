from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from stream.errors import SourceRefused
from stream.imaging.label_files import read_label_map


def test_the_real_labels_of_pictures_and_volumes_are_read(shared_data: Path) -> None:
    nuclei = read_label_map(shared_data / "nuclei/0d2bf916cc8d_labels.png")
    assert nuclei.labels.ndim == 2
    assert nuclei.grid is None
    cells = read_label_map(f"{shared_data / 'nuclei3d/1135_mini.h5'}#label")
    assert cells.labels.shape == (100, 100, 100)
    organs = read_label_map(shared_data / "ct/ct_dicom_seg.nii.gz", known=range(1, 118))
    assert organs.grid is not None
    assert (organs.grid.orientation, int(organs.labels.max())) == ("SAL", 117)
    assert read_label_map(shared_data / "nuclei/mask2d.tif").labels.shape == (512, 512)


def test_unknown_classes_are_named(shared_data: Path) -> None:
    with pytest.raises(
        SourceRefused, match=r"required the labels \[0, 1, 5\], found also 6, 7, 8, 20, 32, \.\.\.; name"
    ):
        read_label_map(shared_data / "ct/ct_dicom_seg.nii.gz", known=(1, 5))


def test_what_are_no_labels_is_refused(tmp_path: Path) -> None:
    halves = np.full((4, 4, 4), 0.5, np.float32)
    nibabel.save(nibabel.Nifti1Image(halves, np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(SourceRefused, match="required whole numbers as labels, found fractions"):
        read_label_map(tmp_path / "a.nii")
    nibabel.save(nibabel.Nifti1Image(np.full((4, 4, 4), -2, np.int16), np.eye(4)), tmp_path / "b.nii")
    with pytest.raises(SourceRefused, match="required numbers from 0, found also -2"):
        read_label_map(tmp_path / "b.nii")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4, 2), np.int16), np.eye(4)), tmp_path / "c.nii")
    with pytest.raises(SourceRefused, match="one label a voxel, found 2 channels"):
        read_label_map(tmp_path / "c.nii")
    Pillow.new("L", (4, 4)).save(tmp_path / "d.jpg")
    with pytest.raises(SourceRefused, match="a JPEG, which changes numbers"):
        read_label_map(tmp_path / "d.jpg")
    tifffile.imwrite(tmp_path / "e.tif", np.zeros((3, 16, 16), np.uint8), photometric="minisblack")
    with pytest.raises(SourceRefused, match="one grey page of labels, found 3"):
        read_label_map(tmp_path / "e.tif")
