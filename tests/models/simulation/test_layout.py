"""Laws of drawn rooms, cameras and ways through them."""

from itertools import pairwise

import numpy as np
import pytest

from models.simulation.layout import Layout, draw_camera, draw_layout
from models.simulation.routes import find_route, route_length

SEEDS = range(25)


def layout(seed: int) -> Layout:
    return draw_layout(np.random.default_rng(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_bed_and_chair_stand_in_the_room_and_apart(seed: int) -> None:
    room = layout(seed)
    for footprint in (room.bed.footprint, room.chair.footprint):
        corners = footprint.corners()
        assert (corners[:, :2] > 0).all()
        assert (corners[:, 0] < room.width).all()
        assert (corners[:, 1] < room.depth).all()
    assert not room.bed.footprint.contains(room.chair.footprint.corners(), 0.2).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_camera_is_in_the_room_and_sees_what_matters(seed: int) -> None:
    room = layout(seed)
    camera = draw_camera(room, np.random.default_rng(seed), width=320, height=240)
    assert camera.is_in_view(room.key_points(), 0.01).all()
    assert (camera.position > 0).all()
    assert (camera.position < (room.width, room.depth, room.height)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_ways_go_round_the_furniture(seed: int) -> None:
    room = layout(seed)
    start = room.bed.beside(room.bed.seat, 0.35, room.bed.exit_side)
    goal = room.bed.beside(room.bed.seat, 0.35, -room.bed.exit_side)
    route = find_route(room, start, goal)
    assert np.array_equal(route[-1], goal)
    if len(route) > 1:  # one point alone is the straight way out of a place where nothing is free
        points = [start, *route]
        for first, second in pairwise(points):
            between = first + np.linspace(0.05, 0.95, 40)[:, None] * (second - first)
            assert not room.bed.footprint.contains(between).any()
        assert route_length(start, route) > np.linalg.norm(goal - start)


def test_most_beds_can_be_walked_round() -> None:
    rooms = [layout(seed) for seed in SEEDS]
    ways = [
        find_route(room, room.bed.beside(0.2, 0.35, 1), room.bed.beside(0.2, 0.35, -1))
        for room in rooms
        if room.is_free(np.array([room.bed.beside(0.2, 0.35, side) for side in (-1, 1)]), 0.05).all()
    ]
    assert np.mean([len(way) > 1 for way in ways]) > 0.8


def test_a_free_way_is_straight() -> None:
    room = layout(3)
    start = room.bed.beside(0.0, 0.4, room.bed.exit_side)
    assert len(find_route(room, start, start + 0.05)) == 1
