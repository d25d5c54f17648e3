"""The motion of drawn solids is where their own points go."""

import numpy as np
import pytest

from models.simulation.camera import Camera
from models.simulation.canvas import Canvas
from models.simulation.motion import NOTHING_MOVES, Painting, exact_motion, paint
from models.simulation.solids import Bar, Polygon, Solid

CAMERA = Camera.look_at(
    np.array((0.0, -3.0, 1.2)),
    np.array((0.0, 0.0, 1.0)),
    horizontal_fov_degrees=60,
    roll_degrees=3,
    width=160,
    height=120,
)
SQUARE = np.array(((-0.5, 0, 0.6), (0.5, 0.1, 0.6), (0.5, 0.3, 1.4), (-0.5, 0.2, 1.4)))


def painting(*solids: Solid) -> Painting:
    return paint(Canvas(CAMERA, np.array((0.0, 0.0, 1.0))), solids)


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array(((cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1)))
    return np.asarray(points @ turn.T + (0.05, 0.1, -0.03))


def test_a_plate_moves_as_a_rigid_body() -> None:
    flat = np.array([SQUARE[0], SQUARE[1], SQUARE[1] + SQUARE[3] - SQUARE[0], SQUARE[3]])  # corners in one plane
    field = exact_motion(painting(Polygon(flat, 1)), painting(Polygon(turned(flat, 7), 1)))
    for across in (0.2, 0.5, 0.8):
        for up in (0.3, 0.6):
            point = flat[0] + across * (flat[1] - flat[0]) + up * (flat[3] - flat[0])
            start, end = CAMERA.project(point), CAMERA.project(turned(point, 7))
            x, y = np.rint(start).astype(int)
            # The nearest pixel is up to half a pixel beside the point, and the field bends a little.
            np.testing.assert_allclose(field.flow[y, x], end - start, atol=0.1)
            assert field.is_visible[y, x]


def test_a_limb_carries_its_surface_along() -> None:
    limb = np.array(((-0.3, 0.0, 0.8), (0.3, 0.1, 1.3)))
    moved = limb + np.array((0.06, 0.0, 0.04))
    first, second = (painting(Bar(ends[0], ends[1], 0.1, 1, end_radius=0.06)) for ends in (limb, moved))
    field = exact_motion(first, second)
    for share in (0.1, 0.5, 0.9):
        start, end = (CAMERA.project(ends[0] + share * (ends[1] - ends[0])) for ends in (limb, moved))
        x, y = np.rint(start).astype(int)
        np.testing.assert_allclose(field.flow[y, x], end - start, atol=0.1)
    rim = first.owners == 0
    assert np.abs(field.flow[rim] - field.flow[rim].mean(0)).max() < 1.5, "a shift moves all of it alike"


def test_what_stands_still_does_not_move_and_what_leaves_or_is_hidden_is_said() -> None:
    wall = Polygon(np.array(((-3, 1, -1), (3, 1, -1), (3, 1, 3), (-3, 1, 3.0))), 1)
    ball = [Bar(np.array((x, 0, 1.0)), np.array((x, 0, 1.02)), 0.2, 2) for x in (-0.3, 0.1)]
    first, second = painting(wall, ball[0]), painting(wall, ball[1])
    field = exact_motion(first, second)
    on_wall = first.owners == 0
    assert np.abs(field.flow[on_wall]).max() < 1e-3
    covered = on_wall & (second.owners == 1)
    assert covered.any()
    assert not field.is_visible[covered].any()
    assert field.is_visible[on_wall & ~covered].all()
    outside = exact_motion(first, painting(wall, Bar(np.array((9, 0, 1.0)), np.array((9, 0, 1.02)), 0.2, 2)))
    assert not outside.is_visible[first.owners == 1].any()


def test_pixels_without_solid_belong_to_nobody() -> None:
    first = painting(Bar(np.array((0, 0, 1.0)), np.array((0, 0, 1.02)), 0.1, 1))
    assert (first.owners == NOTHING_MOVES).mean() > 0.9
    field = exact_motion(first, first)
    assert np.abs(field.flow).max() < 1e-4
    assert field.is_visible.all()


def test_other_solids_are_refused() -> None:
    ball = Bar(np.array((0, 0, 1.0)), np.array((0, 0, 1.02)), 0.1, 1)
    with pytest.raises(ValueError, match="the same solids, got 1 and 2"):
        exact_motion(painting(ball), painting(ball, ball))
