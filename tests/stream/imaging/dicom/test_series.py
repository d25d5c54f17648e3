import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from stream.errors import SourceRefused
from stream.imaging.opening import open_volume, read_images
from tests.stream.imaging.dicom.made_slices import PATIENT, make_series, make_slice


def test_slices_are_sorted_by_where_they_lie_not_by_their_names(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct", positions=(6, 0, 8, 2, 4))).load()
    assert (volume.modality, volume.intensity_unit, volume.orientation) == ("CT", "HU", "SPL")
    assert volume.voxels[0, :, 3, 3].tolist() == [-24, -4, 16, 36, 56]
    assert volume.voxels[0, 0, 0, 1] == -1024
    assert volume.spacing_mm == pytest.approx((2, 0.7, 0.5))
    np.testing.assert_allclose(
        volume.grid.positions_mm(np.array([[3, 2, 1]])), [[-100 + 0.5, 50 + 2 * 0.7, 10 + 3 * 2]]
    )


def test_the_real_ct_is_in_hounsfield_units(shared_data: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom")
    assert (ct.modality, ct.intensity_unit, ct.shape) == ("CT", "HU", (1, 20, 512, 512))
    np.testing.assert_allclose(ct.spacing_mm, (2, 0.9765625, 0.9765625))
    slab = ct.read_slab(8, 10)
    assert slab.shape == (1, 2, 512, 512)
    assert -1100 < np.percentile(slab, 1) < -950  # air
    assert 1000 < slab.max() < 3100  # bone


def test_the_real_heart_has_two_phases_of_which_one_is_chosen(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(shared_data / "cardiac_mr/SCD0000101/dicom.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    with pytest.raises(SourceRefused, match=r"found 2 phases of 12 slices; choose one, from .*#300:0 to .*#300:1"):
        open_volume(tmp_path / "dicom")
    diastole, systole = (open_volume(f"{tmp_path / 'dicom'}#300:{phase}") for phase in (0, 1))
    assert diastole.grid.is_like(systole.grid)
    assert diastole.spacing_mm == pytest.approx((10, 1.367188, 1.367188), abs=1e-3)
    first = dcmread(diastole.references[0])
    assert first.TriggerTime < dcmread(systole.references[0]).TriggerTime
    assert np.array_equal(diastole.read_slab(0, 1)[0, 0], first.pixel_array)


def test_a_tilted_gantry_is_remarked_and_every_voxel_stays_in_its_place(tmp_path: Path) -> None:
    tilt = np.radians(12)
    volume = open_volume(make_series(tmp_path / "ct", step=(0, np.sin(tilt), np.cos(tilt))))
    assert "the gantry was tilted by 12.0 degrees" in volume.remarks[0]
    assert volume.grid.shear_degrees == pytest.approx(12)
    expected = [-100, 50 + 8 * np.sin(tilt), 10 + 8 * np.cos(tilt)]
    np.testing.assert_allclose(volume.grid.positions_mm(np.array([[4, 0, 0]])), [expected])


def test_an_object_exported_twice_counts_once(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "ct")
    some = sorted(folder.iterdir())[1]
    (folder / "copy.dcm").write_bytes(some.read_bytes())
    volume = open_volume(folder)
    assert volume.shape[1] == 5
    assert volume.remarks == ("1 copies of slices were left out",)


WRONG_SERIES: dict[str, tuple[dict[str, Any], str]] = {
    "missing slices": (
        {"positions": (0, 2, 8, 10)},
        "slices every 2.00 mm, found 2 missing, the first between 12.00 and",
    ),
    "uneven slices": ({"positions": (0, 2, 4.7, 6, 8)}, "evenly spaced slices, found gaps of 1.30 to 2.70 mm"),
    "doubled slices": ({"positions": (0, 2, 2, 4, 6)}, "equally often, found 1 to 2 slices a place .2 at 12.00 mm"),
    "a single slice": ({"positions": (0,)}, "at least 2 slices along each axis, found 1 x 6 x 7"),
    "no positions": ({"ImagePositionPatient": None}, "required ImagePositionPatient"),
    "no orientation": ({"ImageOrientationPatient": None}, "required ImageOrientationPatient"),
    "skew orientation": ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "perpendicular unit vectors"),
    "zero spacing": ({"PixelSpacing": [0, 0.5]}, "positive PixelSpacing, found 0 x 0.5"),
    "no spacing": ({"PixelSpacing": None}, "positive PixelSpacing, found none"),
    "too few pixels": ({"Rows": 600}, "the file was cut off"),
    "too many pixels": ({"Rows": 60000, "Columns": 60000}, "required a picture of 1 to"),
    "an unknown colour space": ({"PhotometricInterpretation": "CIELAB"}, "required grey of 1, 8, 16 or 32 bits"),
    "a million frames": ({"NumberOfFrames": 1000000}, "required 1 to 65536 frames"),
}


@pytest.mark.parametrize("what", WRONG_SERIES)
def test_a_wrong_series_is_refused_by_name(tmp_path: Path, what: str) -> None:
    elements, reason = WRONG_SERIES[what]
    with pytest.raises(SourceRefused, match=reason) as refusal:
        open_volume(make_series(tmp_path / "ct", **elements))
    assert PATIENT not in str(refusal.value)


def test_slices_out_of_line_are_refused(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "ct", positions=(0, 2, 6, 8))
    make_slice(folder / "aside.dcm", np.zeros((6, 7), np.uint16), (-95, 50, 14))
    with pytest.raises(SourceRefused, match=r"slices in a straight line, found slice 2 5.00 mm aside"):
        open_volume(folder)


def test_colour_where_grey_is_needed_is_refused(tmp_path: Path) -> None:
    for index in range(3):
        stored = np.zeros((6, 7, 3), np.uint8)
        colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
        make_slice(tmp_path / f"{index}.dcm", stored, (0, 0, index), **colours)
    with pytest.raises(SourceRefused, match="required slices in grey, found RGB in"):
        open_volume(tmp_path)


def test_mixed_series_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    make_series(tmp_path / "a")
    make_series(tmp_path / "b", positions=(0, 1, 2), SeriesInstanceUID="1.2.9", SeriesNumber=9, Modality="MR")
    with pytest.raises(
        SourceRefused, match=r"one DICOM series, found 2: series 4 \(CT, 5 x 7x6\), series 9 \(MR, 3 x 7x6\)"
    ):
        open_volume(tmp_path)
    chosen = open_volume(f"{tmp_path}#9")
    assert (chosen.modality, chosen.intensity_unit, chosen.shape[1]) == ("MR", "none", 3)
    with pytest.raises(SourceRefused, match="required a DICOM series 7, found 2: series 4"):
        open_volume(f"{tmp_path}#7")


def test_a_scout_beside_the_slices_and_files_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    make_series(tmp_path)
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}
    make_slice(tmp_path / "scout.dcm", np.zeros((20, 20), np.uint16), (0, 0, 0), **scout)
    (tmp_path / "notes.txt").write_text("supine")
    assert open_volume(tmp_path).shape == (1, 5, 6, 7)


def test_one_bad_slice_at_the_end_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "ct")
    last = next(path for path in folder.iterdir() if path.stem.endswith("_4"))
    last.write_bytes(last.read_bytes()[:-20])
    volume = open_volume(folder)
    assert volume.shape[1] == 4
    assert "left out what cannot be read" in volume.remarks[0]
    assert last.name in volume.remarks[0]


def test_one_bad_slice_in_the_middle_is_a_missing_one_with_its_reason(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "ct")
    middle = next(path for path in folder.iterdir() if path.stem.endswith("_2"))
    middle.write_bytes(middle.read_bytes()[:-20])
    with pytest.raises(SourceRefused, match=f"found 1 missing.* and of its files: .*{middle.name}.*cut off"):
        open_volume(folder)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("supine")
    with pytest.raises(SourceRefused, match="required a DICOM series, found none"):
        open_volume(tmp_path)


def test_frames_of_an_enhanced_object_are_placed_one_by_one(tmp_path: Path) -> None:
    path = make_enhanced(tmp_path / "enhanced.dcm")
    volume = open_volume(path).load()
    assert volume.shape == (1, 3, 6, 7)
    assert volume.voxels[0, :, 0, 0].tolist() == [-900 + 5, -900 + 15, -900 + 25]  # sorted by position, rescaled
    assert volume.spacing_mm == pytest.approx((2.5, 0.7, 0.5))


def make_enhanced(path: Path) -> Path:
    """Write three slices in one object, from the head to the feet, each with its own place."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    def holding(name: str, **elements: Any) -> Dataset:
        inner, outer = Dataset(), Dataset()
        for keyword, value in elements.items():
            setattr(inner, keyword, value)
        setattr(outer, name, Sequence([inner]))
        return outer

    shared = holding("PlaneOrientationSequence", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared.update(holding("PixelMeasuresSequence", PixelSpacing=[0.7, 0.5], SliceThickness=2.5))
    shared.update(holding("PixelValueTransformationSequence", RescaleSlope=1, RescaleIntercept=-900))
    frames = [holding("PlanePositionSequence", ImagePositionPatient=[0, 0, 5.0 - 2.5 * index]) for index in range(3)]
    stored = np.stack([np.full((6, 7), value, np.uint16) for value in (25, 15, 5)])
    return make_slice(
        path,
        stored.reshape(18, 7),
        (0, 0, 0),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1",
        Rows=6,
        NumberOfFrames=3,
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
        ImagePositionPatient=None,
        ImageOrientationPatient=None,
        PixelSpacing=None,
        SliceThickness=None,
        RescaleSlope=None,
        RescaleIntercept=None,
    )


def real_slice(shared_data: Path) -> bytes:
    """Return a slice coded as JPEG 2000."""
    return min((shared_data / "ct/ct_dicom").iterdir()).read_bytes()


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5, 0.99])
def test_a_coded_slice_that_was_cut_off_is_refused(shared_data: Path, tmp_path: Path, share: float) -> None:
    whole = real_slice(shared_data)
    (tmp_path / "a.dcm").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceRefused, match="required"):
        list(read_images(tmp_path / "a.dcm"))


def test_mutants_are_read_or_refused_and_nothing_else(shared_data: Path, tmp_path: Path) -> None:
    whole, rng = real_slice(shared_data), np.random.default_rng(0)
    path = tmp_path / "a.dcm"
    num_read = 0
    for index in range(40):
        mutant = bytearray(whole)
        for at in rng.integers(132, 3000 if index % 2 else len(whole), 3):
            mutant[at] = rng.integers(256)
        path.write_bytes(mutant)
        with suppress(SourceRefused):
            num_read += len(list(read_images(path)))
    assert 0 < num_read < 40


def test_every_frame_of_a_real_echocardiogram_is_a_picture_in_colour() -> None:
    frames = list(read_images(str(get_testdata_file("examples_ybr_color.dcm", download=False))))
    assert len(frames) == 30
    assert {frame.pixels.shape for frame in frames} == {(240, 320, 3)}
    assert {frame.modality for frame in frames} == {"US"}


@pytest.mark.parametrize(
    ("syntax", "reason"),
    [
        ("1.2.840.10008.1.2.1.99", "found Deflated Explicit VR Little Endian; convert it"),
        ("1.2.840.10008.1.2.4.102", "found MPEG-4 AVC.* convert it"),
        ("1.2.840.10008.1.2.4.70", "found JPEG Lossless, .*; install the extra dicom-in, or convert it"),
    ],
)
def test_a_coding_that_is_not_read_is_refused_by_its_name(tmp_path: Path, syntax: str, reason: str) -> None:
    path = make_slice(tmp_path / "a.dcm", np.zeros((6, 7), np.uint16), (0, 0, 0))
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    plain = b"UI\x14\x001.2.840.10008.1.2.1\0"
    path.write_bytes(path.read_bytes().replace(plain, b"UI" + len(uid).to_bytes(2, "little") + uid, 1))
    with pytest.raises(SourceRefused, match=reason):
        open_volume(path)
