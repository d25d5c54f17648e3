import gzip
from pathlib import Path

import numpy as np
import pytest

from stream.errors import SourceRefused
from stream.imaging.opening import open_volume

HEADER = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "7 6 5",
    "space directions": "(0.5,0,0) (0,0.6,0.8) (0,-1.6,1.2)",
    "kinds": "domain domain domain",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(-10,20,30)",
}
VOXELS = np.arange(210, dtype=np.int16).reshape(5, 6, 7)


def made(path: Path, voxels: bytes = VOXELS.astype("<i2").tobytes(), **fields: str | None) -> Path:
    named = {name.replace("_", " "): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in {**HEADER, **named}.items() if value is not None]
    path.write_bytes("\n".join(["NRRD0004", "# a comment: with a colon", *lines, "", ""]).encode() + voxels)
    return path


def test_each_voxel_lies_where_the_directions_say(tmp_path: Path) -> None:
    volume = open_volume(made(tmp_path / "scan.nrrd")).load()
    assert np.array_equal(volume.voxels[0], VOXELS)
    expected = np.array([-10 + 4 * 0.5, 20 + 3 * 0.6 - 2 * 1.6, 30 + 3 * 0.8 + 2 * 1.2])
    np.testing.assert_allclose(volume.grid.positions_mm(np.array([[2, 3, 4]])), expected[None])
    np.testing.assert_allclose(volume.spacing_mm, (2, 1, 0.5))


@pytest.mark.parametrize(("space", "signs"), [("RAS", (-1, -1, 1)), ("left-anterior-superior", (1, -1, 1))])
def test_every_space_is_turned_to_lps(tmp_path: Path, space: str, signs: tuple[int, ...]) -> None:
    there = open_volume(made(tmp_path / "a.nrrd", space=space)).grid.origin_mm
    assert there == tuple(np.array((-10, 20, 30)) * signs)


@pytest.mark.parametrize(
    ("encoding", "endian"), [("raw", "little"), ("raw", "big"), ("gzip", "little"), ("gzip", "big")]
)
def test_every_coding_gives_the_same_voxels_by_slabs(tmp_path: Path, encoding: str, endian: str) -> None:
    raw = VOXELS.astype(">i2" if endian == "big" else "<i2").tobytes()
    raw = gzip.compress(raw) if encoding == "gzip" else raw
    stored = open_volume(made(tmp_path / "scan.nrrd", raw, encoding=encoding, endian=endian))
    assert np.array_equal(np.concatenate([stored.read_slab(0, 3), stored.read_slab(3, 5)], axis=1)[0], VOXELS)


@pytest.mark.parametrize(("order", "kinds"), [((0, 1, 2, 3), "last"), ((1, 2, 3, 0), "first")])
def test_channels_are_told_from_space(tmp_path: Path, order: tuple[int, ...], kinds: str) -> None:
    channels = np.stack([VOXELS, VOXELS + 1000])
    directions = HEADER["space directions"]
    path = made(
        tmp_path / "scan.nrrd",
        np.ascontiguousarray(channels.transpose(order)).astype("<i2").tobytes(),
        dimension="4",
        sizes="7 6 5 2" if kinds == "last" else "2 7 6 5",
        space_directions=f"{directions} none" if kinds == "last" else f"none {directions}",
        kinds=None,
    )
    assert np.array_equal(open_volume(path).load().voxels, channels)


def test_voxels_beside_the_header_are_found(tmp_path: Path) -> None:
    (tmp_path / "scan.raw").write_bytes(VOXELS.astype("<i2").tobytes())
    assert np.array_equal(open_volume(made(tmp_path / "a.nhdr", b"", data_file="scan.raw")).load().voxels[0], VOXELS)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sizes": "2600 2600 2500"}, "required at most"),
        ({"sizes": "70 60 50"}, "the file was cut off"),
        ({"sizes": "7 6 1"}, "at least 2 slices"),
        ({"sizes": "7 6 five"}, "readable NRRD header"),
        ({"sizes": None}, "the NRRD field.s. sizes"),
        ({"space_directions": "(0.5,0,0) (0,nan,0) (0,0,1)"}, "finite numbers"),
        ({"space_directions": "(0.5,0,0) (0,0,0) (0,0,1)"}, "spacing of voxels must be positive"),
        ({"space_directions": None, "space": None}, "required the spacing of voxels"),
        ({"type": "block"}, "one number a voxel"),
        ({"encoding": "ascii"}, "raw or gzip encoding"),
        ({"data_file": "../secret.raw"}, "the name of a file in the same folder"),
        ({"data_file": "/etc/passwd"}, "the name of a file in the same folder"),
        ({"data_file": "gone.raw"}, "its data file 'gone.raw' beside it"),
        ({"dimension": "4", "sizes": "7 2 6 5", "kinds": "domain list domain domain"}, "three axes of space|readable"),
    ],
)
def test_a_bad_header_is_refused_by_name(tmp_path: Path, fields: dict[str, str | None], reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        open_volume(made(tmp_path / "scan.nrrd", **fields))


def test_the_real_brain_and_its_lesion_lie_in_the_same_place(shared_data: Path) -> None:
    brain = open_volume(shared_data / "mr/pr_brain1_image.nrrd")
    lesion = open_volume(shared_data / "mr/pr_brain1_label.nrrd")
    assert brain.grid.is_like(lesion.grid)
    assert brain.shape == (1, 25, 256, 256)
    inside = lesion.load().voxels > 0
    assert 0 < inside.mean() < 0.01
    assert brain.load().voxels[inside].mean() > 100
