"""Laws of the pinhole camera."""

import numpy as np
import pytest

from models.simulation.camera import Camera


def camera(**options: float) -> Camera:
    values = {"horizontal_fov_degrees": 70.0, "roll_degrees": 0.0, "width": 64, "height": 48, **options}
    return Camera.look_at(np.array((0.5, 0.2, 2.4)), np.array((2.0, 3.0, 0.6)), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("roll", [0.0, 5.0, -30.0])
def test_the_point_looked_at_falls_on_the_centre(roll: float) -> None:
    seen = camera(roll_degrees=roll)
    assert seen.project(np.array((2.0, 3.0, 0.6))) == pytest.approx(seen.centre)


def test_axes_are_at_right_angles_and_keep_lengths() -> None:
    rotation = camera(roll_degrees=7.0).rotation
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)


def test_up_in_the_room_is_up_on_the_picture() -> None:
    seen = camera()
    low, high = seen.project(np.array(((2.0, 3.0, 0.0), (2.0, 3.0, 1.5))))
    assert high[1] < low[1]


def test_twice_as_far_is_half_as_large() -> None:
    seen = camera()
    forward, right = seen.rotation[2], seen.rotation[0]
    offsets = [seen.project(seen.position + distance * forward + 0.1 * right) - seen.centre for distance in (1.0, 2.0)]
    assert offsets[0] == pytest.approx(2 * offsets[1])


def test_what_is_behind_is_not_in_view() -> None:
    seen = camera()
    points = seen.position + np.array((seen.rotation[2], -seen.rotation[2]))
    assert seen.is_in_view(points).tolist() == [True, False]
