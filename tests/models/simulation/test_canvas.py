"""Laws of drawing with depth."""

import numpy as np
import pytest

from models.simulation.camera import Camera
from models.simulation.canvas import FAR_METRES, Canvas

LIGHT = np.array((0.0, 0.0, 1.0))


def canvas() -> Canvas:
    """A camera at the origin that looks along y."""
    camera = Camera.look_at(
        np.zeros(3), np.array((0.0, 1.0, 0.0)), horizontal_fov_degrees=90, roll_degrees=0, width=64, height=48
    )
    return Canvas(camera, LIGHT)


def wall(distance: float, half_size: float = 0.5) -> np.ndarray:
    return np.array([(x * half_size, distance, z * half_size) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_nearer_surface_wins_whatever_the_order(order: tuple[int, int]) -> None:
    drawn = canvas()
    for number in order:
        drawn.fill_polygon(wall(float(number)), number)
    assert drawn.materials[24, 32] == 1
    assert drawn.depths[24, 32] == pytest.approx(1.0, abs=1e-3)


def test_polygon_covers_the_area_that_geometry_says() -> None:
    drawn = canvas()
    drawn.fill_polygon(wall(2.0), 1)
    focal_pixels = 32.0  # half the width at 90 degrees
    assert (drawn.materials == 1).sum() == pytest.approx((focal_pixels / 2) ** 2, rel=0.1)


def test_depth_of_a_slanted_polygon_is_that_of_its_plane() -> None:
    drawn = canvas()
    floor = np.array(((-9.0, 0.5, -1.0), (9.0, 0.5, -1.0), (9.0, 20.0, -1.0), (-9.0, 20.0, -1.0)))
    drawn.fill_polygon(floor, 1)
    row = 40
    slope = (row - drawn.camera.centre[1]) / drawn.camera.focal_pixels
    assert drawn.depths[row, 20:44] == pytest.approx(np.full(24, 1.0 / slope), rel=1e-3)


def test_what_lies_behind_the_camera_is_cut_off() -> None:
    drawn = canvas()
    drawn.fill_polygon(np.array(((-1.0, -5.0, -1.0), (1.0, -5.0, -1.0), (1.0, 5.0, -1.0), (-1.0, 5.0, -1.0))), 1)
    drawn.fill_polygon(wall(-1.0), 2)
    assert (drawn.materials == 1).any()
    assert not (drawn.materials == 2).any()
    assert drawn.depths.min() > 0


def test_a_ball_is_a_disc_of_its_size_and_nearest_in_its_middle() -> None:
    drawn = canvas()
    ball = np.array([[(0.0, 2.0, 0.0), (0.0, 2.0, 0.0)]])
    drawn.fill_capsules(ball, np.array([[0.5, 0.5]]), np.array([3]))
    assert (drawn.materials == 3).sum() == pytest.approx(np.pi * 8**2, rel=0.08)
    assert drawn.depths.min() == pytest.approx(1.5, abs=0.02)
    assert drawn.depths[24, 32] == pytest.approx(1.5, abs=0.02)


def test_a_limb_reaches_from_end_to_end() -> None:
    drawn = canvas()
    limb = np.array([[(-0.8, 2.0, 0.0), (0.8, 2.0, 0.0)]])
    drawn.fill_capsules(limb, np.array([[0.1, 0.1]]), np.array([3]))
    columns = np.flatnonzero((drawn.materials == 3).any(axis=0))
    assert (columns.min(), columns.max()) == (pytest.approx(31.5 - 14.4, abs=1), pytest.approx(31.5 + 14.4, abs=1))


def scattered(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limbs all over the picture, over its edges and behind the camera; every fourth as its predecessor."""
    rng = np.random.default_rng(4)
    ends = rng.uniform((-2.5, -0.5, -2), (2.5, 4, 2), (count, 1, 3)) + rng.normal(0, 0.3, (count, 2, 3))
    radii = rng.uniform(0.02, 0.4, (count, 2))
    ends[3::4], radii[3::4] = ends[2::4], radii[2::4]
    return ends, radii, np.arange(1, count + 1)


@pytest.mark.parametrize("most_pixels", [1, 500, 131_072])
def test_limbs_drawn_together_are_those_drawn_one_by_one(most_pixels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ends, radii, materials = scattered(60)
    one_by_one, together = canvas(), canvas()
    for limb in range(len(ends)):
        one_by_one.fill_capsules(ends[[limb]], radii[[limb]], materials[[limb]])
    monkeypatch.setattr("models.simulation.pixel_boxes.MOST_PIXELS", most_pixels)
    together.fill_capsules(ends, radii, materials)
    assert len(np.unique(one_by_one.materials)) > 20
    for content in ("depths", "shades", "materials"):
        np.testing.assert_array_equal(getattr(together, content), getattr(one_by_one, content))


def test_of_two_equal_limbs_the_first_is_seen() -> None:
    ends, radii, materials = scattered(60)
    drawn = canvas()
    drawn.fill_capsules(ends, radii, materials)
    assert not np.isin(materials[3::4], drawn.materials).any()


def test_no_limb_changes_nothing() -> None:
    drawn = canvas()
    drawn.fill_capsules(np.empty((0, 2, 3)), np.empty((0, 2)), np.empty(0, int))
    assert not drawn.materials.any()


def test_an_empty_canvas_is_far_and_a_pasted_one_is_equal() -> None:
    first, second = canvas(), canvas()
    assert (first.depths == FAR_METRES).all()
    first.fill_polygon(wall(1.0), 1)
    second.paste(first)
    assert np.array_equal(first.depths, second.depths)
    assert np.array_equal(first.materials, second.materials)
