from pathlib import Path

import numpy as np
import pytest

from app.imaging.view_pack import PLANES, ViewPack
from app.imaging.view_writing import write_view_pack
from models.imaging.answer import Finding, ImagingAnswer
from models.imaging.orientation import reorient
from models.imaging.region_measures import measure_volume_regions
from models.imaging.voxel_grid import VoxelGrid
from models.samples import Image, StoredVolume
from stream.errors import StreamError

SHAPE = (4, 6, 5)


def volume(orientation_flip: float, *, is_hu: bool = True) -> tuple[StoredVolume, np.ndarray]:
    voxels = np.random.default_rng(4).integers(-1000, 1000, SHAPE).astype(np.float32)
    directions = np.eye(3)[:, ::-1] * (orientation_flip, 1, -1)
    grid = VoxelGrid.of_axes(SHAPE, (2.0, 0.5, 0.7), directions=directions, origin_mm=(10, 20, 30))
    stored = StoredVolume(
        grid=grid,
        source_id="ct",
        intensity_unit="HU" if is_hu else "none",
        read_slab=lambda start, stop: voxels[None, start:stop],
    )
    return stored, voxels


def slices(pack: ViewPack, plane: str, index: int) -> tuple[np.ndarray, np.ndarray]:
    content, shape = pack.slice_bytes(plane, index), pack.told["shape"]  # type: ignore[arg-type]
    size = [length for axis, length in enumerate(shape) if PLANES[axis] != plane]
    values = np.frombuffer(content, "<i2", size[0] * size[1]).reshape(size)
    return values, np.frombuffer(content, "<u2", offset=values.nbytes).reshape(size)


@pytest.mark.parametrize("orientation_flip", [1.0, -1.0])
def test_slices_are_those_of_the_volume_turned_to_the_usual_sides(tmp_path: Path, orientation_flip: float) -> None:
    stored, voxels = volume(orientation_flip)
    labels = np.zeros(SHAPE, np.int32)
    labels[1, 2:4, 1:3] = 7
    regions = measure_volume_regions(labels, stored.grid, {7: "nodule"})
    write_view_pack(tmp_path, "ct", stored, ImagingAnswer({7: "nodule"}, labels), regions=regions, labels=labels)
    pack = ViewPack.load(tmp_path, "ct")
    turned, grid = reorient(voxels, stored.grid)
    marked, _ = reorient(labels, stored.grid)
    assert pack.told["shape"] == list(grid.shape)
    assert pack.told["spacing"] == pytest.approx(grid.spacing_mm)
    for axis, plane in enumerate(PLANES):
        for index in range(grid.shape[axis]):
            values, numbers = slices(pack, plane, index)
            np.testing.assert_array_equal(values, np.take(turned, index, axis))
            np.testing.assert_array_equal(numbers, np.take(marked, index, axis))
    (listed,) = pack.told["objects"]
    assert marked[tuple(listed["index"])] == 7
    assert pack.told["presets"]["lung"] == [-1350.0, 150.0]


def test_values_of_no_known_unit_keep_their_range(tmp_path: Path) -> None:
    stored, voxels = volume(1.0, is_hu=False)
    write_view_pack(tmp_path, "mr", stored, ImagingAnswer({}), regions=(), labels=None)
    pack = ViewPack.load(tmp_path, "mr")
    values, numbers = slices(pack, "axial", 0)
    shown = values * pack.told["scale"] + pack.told["offset"]
    np.testing.assert_allclose(shown, reorient(voxels, stored.grid)[0][0], atol=pack.told["scale"])
    assert not numbers.any()


def test_findings_are_listed_before_regions(tmp_path: Path) -> None:
    stored, _ = volume(1.0)
    place = stored.grid.positions_mm(np.array([[2, 3, 1]]))[0]
    finding = Finding("nodule", 0.9, (float(place[0]), float(place[1]), float(place[2])), 6.5)
    write_view_pack(tmp_path, "ct", stored, ImagingAnswer({}, findings=(finding,)), regions=(), labels=None)
    (listed,) = ViewPack.load(tmp_path, "ct").told["objects"]
    assert (listed["score"], listed["size"]) == (0.9, {"diameter mm": 6.5})
    assert listed["index"] == [2, 3, SHAPE[2] - 1 - 1]


def test_a_picture_is_one_slice_of_colours(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (5, 7, 3), np.uint8)
    labels = np.arange(35).reshape(5, 7)
    write_view_pack(tmp_path, "cell", Image(pixels, "cell.png"), ImagingAnswer({}), regions=(), labels=labels)
    pack = ViewPack.load(tmp_path, "cell")
    content = pack.slice_bytes("axial", 0)
    np.testing.assert_array_equal(np.frombuffer(content, np.uint8, pixels.size).reshape(pixels.shape), pixels)
    np.testing.assert_array_equal(np.frombuffer(content, "<u2", offset=pixels.size).reshape(5, 7), labels)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match="the reading gone cannot be shown"):
        ViewPack.load(tmp_path, "gone")
    stored, _ = volume(1.0)
    write_view_pack(tmp_path, "ct", stored, ImagingAnswer({}), regions=(), labels=None)
    with pytest.raises(ValueError, match="index must be 0 to 3 along axial, got 4"):
        ViewPack.load(tmp_path, "ct").slice_bytes("axial", 4)
