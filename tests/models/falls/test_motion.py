"""Laws of motion as the fall model sees it."""

import numpy as np
import pytest

from models.falls.motion import (
    CLIP_FRAMES,
    EDGES,
    EXTENTS,
    GRID,
    STEPS,
    Fields,
    Region,
    find_region,
    measure_fields,
    motion_within,
)

SIZE = (60, 80)


def moving_block(top: int, left: int, *, speed: tuple[float, float], height: int = 16, width: int = 8) -> Fields:
    """A block that moves by the same flow in every step, on a still picture."""
    flows = np.zeros((STEPS, *SIZE, 2), np.float16)
    greys = np.full((CLIP_FRAMES, *SIZE), 90, np.uint8)
    for step in range(CLIP_FRAMES):
        row, column = round(top + step * speed[1]), round(left + step * speed[0])
        greys[step, row : row + height, column : column + width] = 200
        if step < STEPS:
            flows[step, row : row + height, column : column + width] = speed
    return Fields(flows, greys)


def test_the_region_holds_what_moves_with_room_around_it() -> None:
    region = find_region(moving_block(10, 20, speed=(0.0, 1.0)).flows)
    assert region.top < 11
    assert region.left < 21
    assert region.top + region.side > 10 + STEPS + 15
    assert region.left + region.side > 27


def test_the_region_follows_what_moves() -> None:
    first = find_region(moving_block(10, 20, speed=(0.0, 1.0)).flows)
    second = find_region(moving_block(14, 50, speed=(0.0, 1.0)).flows)
    assert (second.left - first.left, second.top - first.top) == pytest.approx((30, 4))
    assert second.side == pytest.approx(first.side)


def test_where_nothing_moves_the_middle_of_the_picture_is_looked_at() -> None:
    region = find_region(np.zeros((STEPS, *SIZE, 2), np.float16))
    assert (region.left, region.top, region.side) == (10, 0, 60)


def test_motion_seen_in_its_own_size_does_not_tell_how_large_the_person_is() -> None:
    small = moving_block(5, 20, speed=(0.0, 0.5), height=10, width=5)
    large = moving_block(5, 20, speed=(0.0, 1.0), height=20, width=10)
    near, far = (motion_within(one, find_region(one.flows)) for one in (large, small))
    fastest = [motion.cells[:, 1].max() for motion in (near, far)]
    assert fastest[0] == pytest.approx(fastest[1], rel=0.1)


def test_motion_is_of_the_shape_that_the_network_reads() -> None:
    motion = motion_within(moving_block(10, 20, speed=(1.0, 0.0)), Region(-5, -5, 90))
    assert motion.cells.shape == (STEPS, 4, GRID, GRID)
    assert motion.extents.shape == (STEPS, EXTENTS)


def test_a_fall_moves_down_and_changes_the_picture_above_and_below() -> None:
    motion = motion_within(moving_block(5, 30, speed=(0.0, 1.2)), Region(10, 0, 60))
    assert motion.cells[:, 1].max() > 0
    assert motion.cells[:, 1].min() >= 0
    assert motion.cells[-1, 2].max() == pytest.approx(1.0, abs=0.5)  # since the first frame
    assert motion.cells[-1, 3].max() < motion.cells[0, 3].max() + 1e-6  # until the last


def test_fields_are_measured_between_neighbours() -> None:
    frames = np.random.default_rng(0).integers(0, 255, (1, 60, 80, 3), dtype=np.uint8)
    still = measure_fields(np.repeat(frames, 3, axis=0))
    assert still.flows.shape == (2, 30, 40, 2)
    assert still.greys.shape == (3, 30, 40)
    assert np.abs(still.flows).max() < 0.05


def test_who_leaves_the_picture_is_told_by_its_edges() -> None:
    leaving = moving_block(35, 30, speed=(0.0, 1.2))
    inside = moving_block(5, 30, speed=(0.0, 0.8))
    beside = moving_block(20, 60, speed=(1.0, 0.0))
    _, _, bottom = edges_of(leaving)
    assert bottom.max() > 0.2
    assert max(column.max() for column in edges_of(inside)) == 0
    sides, top, bottom = edges_of(beside)
    assert sides.max() > 0.2
    assert max(top.max(), bottom.max()) == 0


def test_edges_on_the_left_and_on_the_right_are_one() -> None:
    fields = moving_block(20, 60, speed=(1.0, 0.0))
    mirrored = Fields(fields.flows[:, :, ::-1] * (-1, 1), fields.greys[:, :, ::-1])
    np.testing.assert_allclose(edges_of(mirrored), edges_of(fields), atol=1e-6)


def edges_of(fields: Fields) -> list[np.ndarray]:
    """Shares of the motion at either side, at the top and at the bottom, (T,) each."""
    extents = motion_within(fields, find_region(fields.flows)).extents
    return [extents[:, -EDGES + index] for index in range(3)]
