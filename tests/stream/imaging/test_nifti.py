import gzip
import os
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest

from models.imaging.orientation import onto_grid
from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.opening import open_volume
from stream.imaging.writing.label_maps import LabelVolumeWriter
from tests.peak_memory import peak_memory

SHAPE = (7, 6, 5)
"""Of the array as NIfTI stores it: i, j, k."""


def made(path: Path, affine: np.ndarray | None = None, *, dtype: type = np.int16, num_channels: int = 1) -> np.ndarray:
    """Write a volume with a number of its own in each voxel; return its array as NIfTI has it."""
    shape = SHAPE if num_channels == 1 else (*SHAPE, num_channels)
    array = np.arange(np.prod(shape)).reshape(shape, order="F").astype(dtype)
    nibabel.save(nibabel.Nifti1Image(array, np.diag([2, 3, 4, 1]) if affine is None else affine), path)
    return array


def oblique_affine() -> np.ndarray:
    cosine, sine = np.cos(0.3), np.sin(0.3)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * (-2, 3, 4), (10, -20, 30)
    return affine


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.hdr", "scan.hdr.gz"])
def test_each_voxel_lies_where_nibabel_says(tmp_path: Path, name: str) -> None:
    array = made(tmp_path / name, oblique_affine())
    volume = open_volume(tmp_path / name).load()
    affine = nibabel.load(tmp_path / name).affine
    for index in [(0, 0, 0), (6, 5, 4), (1, 2, 3)]:
        right, front, up = (affine @ (*index, 1))[:3]
        assert volume.voxels[0][index[::-1]] == array[index]
        np.testing.assert_allclose(volume.grid.positions_mm(np.array([index[::-1]])), [[-right, -front, up]], atol=1e-5)


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.hdr", "scan.hdr.gz"])
@pytest.mark.parametrize("num_channels", [1, 3])
def test_slabs_together_are_the_volume(tmp_path: Path, name: str, num_channels: int) -> None:
    made(tmp_path / name, num_channels=num_channels)
    stored = open_volume(tmp_path / name)
    whole = stored.load().voxels
    assert whole.shape == (num_channels, 5, 6, 7)
    assert np.array_equal(np.concatenate([stored.read_slab(0, 2), stored.read_slab(2, 5)], axis=1), whole)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Nifti2Pair])
@pytest.mark.parametrize("packed", [(), (".img",), (".hdr", ".img")])
def test_a_pair_holds_what_the_single_file_holds(tmp_path: Path, kind: type, packed: tuple[str, ...]) -> None:
    made(tmp_path / "one.nii", oblique_affine())
    single = open_volume(tmp_path / "one.nii")
    kind.from_image(nibabel.load(tmp_path / "one.nii")).to_filename(tmp_path / "two.hdr")
    for suffix in packed:
        file = tmp_path / f"two{suffix}"
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    pair = open_volume(tmp_path / ("two.hdr.gz" if ".hdr" in packed else "two.hdr"))
    assert np.array_equal(pair.load().voxels, single.load().voxels)
    np.testing.assert_allclose(pair.grid.affine, single.grid.affine, atol=1e-5)


def test_voxels_of_a_pair_may_begin_behind_the_start_of_their_file(tmp_path: Path) -> None:
    array = made(tmp_path / "scan.hdr")
    header = bytearray((tmp_path / "scan.hdr").read_bytes())
    header[108:112] = np.float32(16).tobytes()  # vox_offset
    (tmp_path / "scan.hdr").write_bytes(header)
    (tmp_path / "scan.img").write_bytes(b"not a voxel here" + (tmp_path / "scan.img").read_bytes())
    assert np.array_equal(open_volume(tmp_path / "scan.hdr").load().voxels[0], array.transpose(2, 1, 0))


def test_a_pair_lacking_its_voxels_or_named_by_them_is_refused_by_name(tmp_path: Path) -> None:
    made(tmp_path / "scan.hdr")
    with pytest.raises(SourceRefused, match=r"scan\.img: required the header .* name the \.hdr"):
        open_volume(tmp_path / "scan.img")
    (tmp_path / "scan.img").unlink()
    with pytest.raises(SourceRefused, match=r"scan\.hdr: required its data file 'scan\.img' beside it"):
        open_volume(tmp_path / "scan.hdr")


def test_labels_stored_the_other_way_round_agree_with_the_dicom_that_they_belong_to(shared_data: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom").load()
    labels = open_volume(shared_data / "ct/ct_dicom_seg.nii.gz").load()
    assert (ct.orientation, labels.orientation) == ("SPL", "SAL")
    organs = onto_grid(labels.voxels, labels.grid, ct.grid)[0]
    medians = {name: float(np.median(ct.voxels[0][organs == label])) for name, label in ORGANS.items()}
    assert 60 < medians["spleen"] < 160
    assert 60 < medians["liver"] < 130
    assert medians["lung"] < -600
    assert medians["bone"] > 300
    turned = {name: float(np.median(ct.voxels[0][labels.voxels[0] == label])) for name, label in ORGANS.items()}
    assert turned["lung"] > -600 or turned["bone"] < 300, "labels laid over the voxels as stored should miss"


ORGANS = {"spleen": 1, "liver": 5, "lung": 20, "bone": 69}
"""Labels of ct_dicom_seg.nii.gz, told apart by what they contain."""


def test_scaling_is_applied(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.full(SHAPE, 100, np.int16), np.eye(4))
    image.header.set_slope_inter(0.5, -10)
    image.to_filename(tmp_path / "scan.nii")
    raw = bytearray((tmp_path / "scan.nii").read_bytes())
    raw[112:120] = np.array([0.5, -10], "<f4").tobytes()  # scl_slope and scl_inter, which nibabel resets on saving
    (tmp_path / "scan.nii").write_bytes(raw)
    expected = nibabel.load(tmp_path / "scan.nii").get_fdata()[0, 0, 0]
    assert open_volume(tmp_path / "scan.nii").load().voxels.flat[0] == pytest.approx(expected)


def test_what_is_no_number_becomes_zero(tmp_path: Path) -> None:
    array = np.ones(SHAPE, np.float32)
    array[0, 0, 0] = np.nan
    nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), tmp_path / "scan.nii")
    voxels = open_volume(tmp_path / "scan.nii").load().voxels
    assert voxels[0, 0, 0, 0] == 0
    assert np.isfinite(voxels).all()


def test_a_header_without_orientation_is_remarked(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros(SHAPE, np.int16), None)
    image.header.set_zooms((1, 2, 3))
    nibabel.save(image, tmp_path / "scan.nii")
    assert "left and right may be exchanged" in open_volume(tmp_path / "scan.nii").remarks[0]


def test_microns_become_millimetres(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros(SHAPE, np.int16), np.diag([500, 500, 700, 1]))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, tmp_path / "scan.nii")
    assert open_volume(tmp_path / "scan.nii").spacing_mm == pytest.approx((0.7, 0.5, 0.5))


def spoilt(path: Path, **fields: object) -> Path:
    """Write a volume with fields of its header overwritten."""
    made(path.with_suffix(".made.nii"))
    raw = bytearray(path.with_suffix(".made.nii").read_bytes())
    header = nibabel.Nifti1Header(bytes(raw[:348]), check=False)
    for name, value in fields.items():
        header[name] = value
    raw[:348] = header.binaryblock
    path.write_bytes(raw)
    return path


BAD_HEADERS = {
    "zero spacing": (
        {"pixdim": [1, 0, 1, 1, 0, 0, 0, 0], "sform_code": 0, "qform_code": 1},
        "spacing of voxels must be",
    ),
    "NaN affine": ({"srow_x": [np.nan, 0, 0, 0]}, "finite numbers"),
    "infinite affine": ({"srow_y": [np.inf, 0, 0, 0]}, "finite numbers"),
    "flat axes": ({"srow_x": [1, 0, 0, 0], "srow_y": [1, 0, 0, 0], "srow_z": [0, 0, 1, 0]}, "spacing|span space"),
    "one slice": ({"dim": [3, 7, 6, 1, 1, 1, 1, 1]}, "at least 2 slices along each axis, found 1 x 6 x 7"),
    "a negative size": ({"dim": [3, 7, -6, 5, 1, 1, 1, 1]}, "three axes, found 5 x -6 x 7"),
    "too many axes": ({"dim": [99, 7, 6, 5, 1, 1, 1, 1]}, "NIfTI header|three axes|voxels"),
    "colours": ({"datatype": 128, "bitpix": 24}, "one number a voxel, found colours"),
    "complex numbers": ({"datatype": 32, "bitpix": 64}, "one number a voxel, found complex64"),
    "an unknown type": ({"datatype": 7}, "a readable NIfTI header"),
    "a header of a pair under another name": ({"magic": b"ni1"}, "to be called .hdr"),
    "no word of NIfTI": ({"magic": b""}, "found ANALYZE"),
    "more than the file holds": ({"dim": [3, 70, 60, 50, 1, 1, 1, 1]}, "the file was cut off"),
}


@pytest.mark.parametrize("what", BAD_HEADERS)
def test_a_bad_header_is_refused_by_name(tmp_path: Path, what: str) -> None:
    fields, reason = BAD_HEADERS[what]
    with pytest.raises(SourceRefused, match=reason) as refusal:
        open_volume(spoilt(tmp_path / "scan.nii", **fields))
    assert str(tmp_path / "scan.nii") in str(refusal.value)


def test_a_packed_file_that_was_cut_off_is_refused_when_it_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    nibabel.save(
        nibabel.Nifti1Image(rng.integers(0, 999, (40, 40, 40)).astype(np.int16), np.eye(4)), tmp_path / "a.nii.gz"
    )
    whole = (tmp_path / "a.nii.gz").read_bytes()
    (tmp_path / "a.nii.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceRefused, match="before the file ends; it was cut off"):
        open_volume(tmp_path / "a.nii.gz").load()


def test_a_packed_file_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    array = rng.integers(0, 999, (40, 40, 40)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), tmp_path / "a.nii.gz")
    raw = bytearray((tmp_path / "a.nii.gz").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "a.nii.gz").write_bytes(raw)
    with pytest.raises(SourceRefused, match="voxels that can be unpacked"):
        open_volume(tmp_path / "a.nii.gz").load()


def packed_bomb(path: Path, shape: tuple[int, int, int], num_bytes: int) -> None:
    """Write a small file that declares a shape and unpacks to so many zeros."""
    header = nibabel.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.int16)
    header.set_sform(np.eye(4), 1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    packer = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(header.binaryblock + b"\0" * 4))
        block = bytes(1 << 20)
        for _ in range(num_bytes >> 20):
            file.write(packer.compress(block))
        file.write(packer.flush())


def test_a_small_file_that_declares_32_gigabytes_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    packed_bomb(tmp_path / "bomb.nii.gz", (2600, 2600, 2500), 1 << 20)
    declared = r"required at most 1073741824 voxels, found 2500 x 2600 x 2600"
    with peak_memory() as peak, pytest.raises(SourceRefused, match=declared):
        open_volume(tmp_path / "bomb.nii.gz")
    assert peak.num_bytes < 4 << 20


def test_a_file_too_short_for_what_it_declares_however_well_packed_is_refused_at_once(tmp_path: Path) -> None:
    packed_bomb(tmp_path / "bomb.nii.gz", (512, 512, 700), 1 << 20)
    with pytest.raises(SourceRefused, match="found even compressed"):
        open_volume(tmp_path / "bomb.nii.gz")


def test_of_a_deflate_bomb_no_more_is_unpacked_than_it_declares(tmp_path: Path) -> None:
    packed_bomb(tmp_path / "bomb.nii.gz", (64, 64, 64), 64 << 20)
    assert os.path.getsize(tmp_path / "bomb.nii.gz") < 1 << 20  # noqa: PTH202
    with peak_memory() as peak:
        assert open_volume(tmp_path / "bomb.nii.gz").load().voxels.max() == 0
    assert peak.num_bytes < 8 << 20


@pytest.mark.slow
def test_a_large_volume_is_read_slab_by_slab_in_little_memory(tmp_path: Path) -> None:
    grid = VoxelGrid.of_axes((700, 512, 512), (0.7, 0.7, 0.7))
    with LabelVolumeWriter(tmp_path / "ct.nii", grid, max_label=4000) as writer:
        for index in range(0, 700, 20):
            writer.write(np.full((20, 512, 512), index, np.int16))
    with peak_memory() as peak:
        stored = open_volume(tmp_path / "ct.nii")
        firsts = [int(stored.read_slab(index, index + 20)[0, 0, 0, 0]) for index in range(0, 700, 20)]
    assert firsts == list(range(0, 700, 20))
    assert peak.num_bytes < 64 << 20  # a slab of 20 slices takes 20 MiB as float32; the volume 700


@pytest.mark.parametrize(
    "content",
    [b"not NIfTI at all" * 40, gzip.compress(b"not NIfTI at all" * 40), b"\x1f\x8b" * 99],
    ids=["plain", "packed", "packed wrongly"],  # bytes that gzip stamps with the time are no name
)
def test_what_only_bears_the_name_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "scan.nii.gz").write_bytes(content)
    with pytest.raises(SourceRefused, match=r"required a (NIfTI header|file that can be unpacked)"):
        open_volume(tmp_path / "scan.nii.gz")


def test_mutants_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    made(tmp_path / "scan.nii", oblique_affine())
    raw = (tmp_path / "scan.nii").read_bytes()
    rng = np.random.default_rng(0)
    num_read = 0
    for _ in range(300):
        mutant = bytearray(raw)
        for at in rng.integers(0, 352, rng.integers(1, 6)):
            mutant[at] = rng.integers(256)
        (tmp_path / "scan.nii").write_bytes(mutant)
        try:
            open_volume(tmp_path / "scan.nii").load()
            num_read += 1
        except SourceRefused:
            pass
    assert 0 < num_read < 300
