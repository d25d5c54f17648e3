from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from stream.errors import SourceRefused
from stream.imaging.inputs import find_imaging_inputs
from stream.imaging.opening import open_volume, read_images
from tests.stream.imaging.dicom.made_slices import make_series


def test_the_real_folder_of_ct_holds_one_series_and_three_files(shared_data: Path) -> None:
    found = find_imaging_inputs([str(shared_data / "ct")], "volume")
    names = [Path(entry.location).name for entry in found.inputs]
    assert sorted(names) == ["ct_dicom", "ct_dicom_seg.nii.gz", "ts_example_ct_sm.nii.gz", "ts_example_seg.nii.gz"]
    assert [entry.stem for entry in found.inputs if "seg" in entry.stem] == ["ct_dicom_seg", "ts_example_seg"]
    assert {open_volume(entry.location).shape[0] for entry in found.inputs} == {1}


def test_each_folder_of_dicom_is_an_input_and_the_index_of_a_disk_is_none(tmp_path: Path) -> None:
    make_series(tmp_path / "disk/a")
    make_series(tmp_path / "disk/b")
    (tmp_path / "disk/DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "disk/readme.txt").write_text("look at a/")
    found = find_imaging_inputs([str(tmp_path / "disk")], "volume")
    assert [Path(entry.location).name for entry in found.inputs] == ["a", "b"]
    assert found.num_ignored == 2


def test_each_file_of_a_folder_is_a_picture(tmp_path: Path) -> None:
    make_series(tmp_path / "slices", positions=(0, 1))
    Pillow.new("L", (4, 4)).save(tmp_path / "a.png")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4)), tmp_path / "b.nii")
    assert len(find_imaging_inputs([str(tmp_path)], "picture").inputs) == 3


def test_of_a_folder_with_one_bad_file_the_good_ones_are_read_and_the_bad_one_is_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (30, 40)).astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:200])
    read, refused = [], []
    for entry in find_imaging_inputs([str(tmp_path)], "picture").inputs:
        try:
            read += [picture.source_id for picture in read_images(entry.location)]
        except SourceRefused as refusal:
            refused.append(str(refusal))
    assert [Path(source).name for source in read] == ["a.png", "c.png"]
    assert len(refused) == 1
    assert "b.png: required a whole PNG or JPEG picture" in refused[0]


def test_a_folder_without_any_is_said_to_hold_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    found = find_imaging_inputs([str(tmp_path)], "volume")
    assert found.unmatched == ((str(tmp_path), "the folder holds no volume that can be read"),)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.gif", b"GIF89a....", "required PNG, JPEG, TIFF, DICOM, NIfTI, NRRD, MetaImage or HDF5"),
        ("a.png", b"", "found an empty file"),
        ("a.nii", b"\x89PNG\r\n\x1a\n", "required a volume, found a picture .png."),
    ],
)
def test_what_is_no_volume_is_refused_by_what_it_is(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceRefused, match=reason):
        open_volume(tmp_path / name)


def test_what_is_missing_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="found no file of this name"):
        open_volume(tmp_path / "gone.nii")
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4)), tmp_path / "b.nii")
    with pytest.raises(SourceRefused, match=r"required a picture, found a volume \(nifti\)"):
        next(read_images(tmp_path / "b.nii"))
