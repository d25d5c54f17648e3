import numpy as np
import pytest

from models.imaging.region_measures import MeasuredRegion, measure_picture_regions, measure_volume_regions
from models.imaging.voxel_grid import VoxelGrid


def value(region: MeasuredRegion, name: str, unit: str) -> float:
    (found,) = (measured.value for measured in region.measurements if (measured.name, measured.unit) == (name, unit))
    return found


def test_a_ball_has_its_volume_diameter_and_place() -> None:
    grid = VoxelGrid.of_axes((40, 60, 60), (2, 1, 0.8), origin_mm=(-20, -30, 100))
    centre = np.array([[20, 25, 30]])
    indices = np.argwhere(np.ones(grid.shape, bool))
    distances = np.linalg.norm(grid.positions_mm(indices) - grid.positions_mm(centre), axis=1)
    labels = np.where(distances <= 10, 7, 0).reshape(grid.shape)
    (ball,) = measure_volume_regions(
        labels, grid, {7: "nodule"}, read_slice=lambda _: np.full((60, 60), -50.0), unit="HU"
    )
    assert (ball.number, ball.label) == (7, "nodule")
    assert value(ball, "volume", "mm3") == pytest.approx(4 / 3 * np.pi * 1000, rel=0.02)
    assert value(ball, "diameter", "mm") == pytest.approx(20, rel=0.01)
    place = [value(ball, f"centre_{axis}", "mm") for axis in "xyz"]
    np.testing.assert_allclose(place, grid.positions_mm(centre)[0], atol=1e-6)
    assert (value(ball, "first_slice", "index"), value(ball, "last_slice", "index")) == (15, 25)
    assert (value(ball, "mean", "HU"), value(ball, "sd", "HU")) == (-50, 0)


def test_regions_are_measured_apart_and_together_they_are_all() -> None:
    labels = np.random.default_rng(0).integers(0, 5, (6, 7, 8))
    grid = VoxelGrid.of_axes(labels.shape, (1, 2, 3))
    regions = measure_volume_regions(
        labels, grid, {1: "one"}, read_slice=lambda index: labels[index].astype(np.float32)
    )
    assert [(region.number, region.label) for region in regions] == [
        (1, "one"),
        (2, "object"),
        (3, "object"),
        (4, "object"),
    ]
    assert sum(value(region, "volume", "mm3") for region in regions) == pytest.approx((labels > 0).sum() * 6)
    assert [value(region, "mean", "") for region in regions] == [1, 2, 3, 4]


def test_a_rectangle_in_a_picture_is_measured_in_pixels_and_millimetres() -> None:
    labels = np.zeros((20, 30), np.uint16)
    labels[3:7, 10:20] = 300
    (region,) = measure_picture_regions(labels, {}, spacing_mm=(0.5, 0.2))
    box = [value(region, side, "px") for side in ("left", "top", "right", "bottom")]
    assert box == [10, 3, 20, 7]
    assert (value(region, "area", "px"), value(region, "area", "mm2")) == (40, pytest.approx(4))
    assert (value(region, "centre_x", "px"), value(region, "centre_y", "px")) == (14.5, 4.5)
    (without,) = measure_picture_regions(labels, {})
    assert {measured.unit for measured in without.measurements} == {"px"}


def test_an_empty_map_has_no_regions() -> None:
    assert measure_picture_regions(np.zeros((4, 4), int), {}) == []


def test_a_map_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the shape of the grid \(4, 4, 4\)"):
        measure_volume_regions(np.zeros((4, 4, 5), int), VoxelGrid.of_axes((4, 4, 4), (1, 1, 1)), {})
