"""How deep places lie in shapes."""

import numpy as np
import pytest

from models.simulation.pet.shapes import Bumpy, Ellipsoid, Hollow, Joined, Shape, Tube

BALL = Ellipsoid(np.array([1.0, 2.0, 3.0]), np.full(3, 10.0))
TUBE = Tube(np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [20.0, 15.0, 0.0]]), 4.0)
SHAPES: dict[str, Shape] = {
    "ball": BALL,
    "ellipsoid": Ellipsoid(np.zeros(3), np.array([4.0, 8.0, 16.0]), np.eye(3)[[1, 2, 0]]),
    "tube": TUBE,
    "bumpy": Bumpy(BALL, 2.0, np.full((3, 3), 0.4), np.zeros(3)),
    "joined": Joined([BALL, Ellipsoid(np.full(3, 12.0), np.full(3, 5.0))]),
    "hollow": Hollow(BALL, Ellipsoid(BALL.centre, np.full(3, 4.0))),
}


def test_depth_in_a_ball_is_the_distance_to_its_surface() -> None:
    places = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 10.0], [1.0, 2.0, 17.0]]).T
    assert BALL.depth_mm(places) == pytest.approx([10, 3, -4], abs=1e-4)


def test_depth_in_a_tube_is_that_of_its_nearest_part() -> None:
    places = np.array([[10.0, 3.0, 0.0], [23.0, 15.0, 0.0], [0.0, 15.0, 0.0]]).T
    assert TUBE.depth_mm(places) == pytest.approx([1, 1, -11], abs=1e-4)


@pytest.mark.parametrize("name", SHAPES)
def test_no_place_of_a_shape_lies_beyond_its_reach(name: str) -> None:
    shape = SHAPES[name]
    places = np.random.default_rng(0).uniform(-40, 40, (3, 20_000)).astype(np.float32)
    inside = places[:, shape.depth_mm(places) > 0]
    assert inside.shape[1] > 5
    assert np.linalg.norm(inside - shape.centre[:, None], axis=0).max() <= shape.reach_mm + 1e-3


def test_a_hollow_shape_lacks_its_core() -> None:
    assert SHAPES["hollow"].depth_mm(BALL.centre[:, None])[0] < 0
