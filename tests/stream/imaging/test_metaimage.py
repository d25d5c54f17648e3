import zlib
from pathlib import Path

import numpy as np
import pytest

from stream.errors import SourceRefused
from stream.imaging.opening import open_volume

HEADER = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "0.96 0.28 0 -0.28 0.96 0 0 0 1",
    "Offset": "-10 20 30.5",
    "ElementSpacing": "0.5 0.7 2",
    "DimSize": "7 6 5",
    "ElementType": "MET_SHORT",
}
VOXELS = np.arange(210, dtype=np.int16).reshape(5, 6, 7)
RAW = VOXELS.astype("<i2").tobytes()


def made(path: Path, data_file: str = "LOCAL", voxels: bytes = RAW, **fields: str | None) -> Path:
    """Write a header as ITK does, with the voxels behind it or beside it."""
    entries = {**HEADER, **fields, "ElementDataFile": data_file}
    head = "".join(f"{name} = {value}\n" for name, value in entries.items() if value is not None).encode()
    path.write_bytes(head + (voxels if data_file == "LOCAL" else b""))
    return path


def test_each_voxel_lies_where_itk_puts_it(tmp_path: Path) -> None:
    volume = open_volume(made(tmp_path / "scan.mha")).load()
    assert np.array_equal(volume.voxels[0], VOXELS)
    # ITK: origin + index * spacing along each row of TransformMatrix, for the index (x, y, z) = (6, 5, 4).
    expected = np.array([-10, 20, 30.5]) + 3 * np.array([0.96, 0.28, 0]) + 3.5 * np.array([-0.28, 0.96, 0]) + (0, 0, 8)
    np.testing.assert_allclose(volume.grid.positions_mm(np.array([[4, 5, 6]])), expected[None])


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("data_file", ["LOCAL", "scan.raw"])
def test_every_coding_gives_the_same_voxels_by_slabs(
    tmp_path: Path, is_big: bool, is_packed: bool, data_file: str
) -> None:
    raw = VOXELS.astype(">i2" if is_big else "<i2").tobytes()
    raw = zlib.compress(raw) if is_packed else raw
    (tmp_path / "scan.raw").write_bytes(raw)
    path = made(
        tmp_path / "scan.mhd", data_file, raw, BinaryDataByteOrderMSB=str(is_big), CompressedData=str(is_packed)
    )
    stored = open_volume(path)
    assert np.array_equal(np.concatenate([stored.read_slab(0, 3), stored.read_slab(3, 5)], axis=1)[0], VOXELS)


def test_channels_lie_together(tmp_path: Path) -> None:
    channels = np.stack([VOXELS, VOXELS + 1000], axis=-1)
    path = made(tmp_path / "scan.mha", voxels=channels.astype("<i2").tobytes(), ElementNumberOfChannels="2")
    assert np.array_equal(open_volume(path).load().voxels, np.moveaxis(channels, -1, 0))


def test_voxels_at_the_end_of_a_foreign_file_are_found(tmp_path: Path) -> None:
    (tmp_path / "scan.raw").write_bytes(b"somebody's header" + RAW)
    path = made(tmp_path / "scan.mhd", "scan.raw", HeaderSize="-1")
    assert np.array_equal(open_volume(path).load().voxels[0], VOXELS)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"DimSize": "2600 2600 2500"}, "required at most"),
        ({"DimSize": "70 60 50"}, "the file was cut off"),
        ({"DimSize": "7 6"}, "required a volume of three axes"),
        ({"DimSize": "7 6 1"}, "at least 2 slices"),
        ({"DimSize": "7 6 -5"}, "required a volume of three axes"),
        ({"ElementSpacing": "0.5 0 2"}, "spacing of voxels must be positive"),
        ({"ElementSpacing": "0.5 nan 2"}, "finite numbers"),
        ({"ElementSpacing": None}, "found no ElementSpacing"),
        ({"ElementType": "MET_OTHER"}, "required an ElementType"),
        ({"TransformMatrix": "1 0 0"}, "readable MetaImage header"),
        ({"ElementType": None}, "MetaImage field.s. ElementType"),
    ],
)
def test_a_bad_header_is_refused_by_name(tmp_path: Path, fields: dict[str, str | None], reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        open_volume(made(tmp_path / "scan.mha", **fields))


@pytest.mark.parametrize("name", ["../scan.raw", "/etc/passwd", "LIST", "scan%03d.raw 1 5 1"])
def test_voxels_are_looked_for_beside_the_header_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceRefused, match=r"same folder|beside it"):
        open_volume(made(tmp_path / "scan.mhd", name))
