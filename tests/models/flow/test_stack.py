import numpy as np
import pytest

from models.flow.stack import stack_flow


def fields(num: int, height: int = 4, width: int = 6) -> np.ndarray:
    return np.random.default_rng(1).uniform(-8, 8, (num, height, width, 2)).astype(np.float32)


def test_channels_are_x_and_y_of_each_field_in_turn() -> None:
    flows = fields(12)
    stacks = stack_flow(flows)
    assert stacks.shape == (3, 20, 4, 6)
    assert stacks.dtype == np.float32
    for start in range(3):
        for step in range(10):
            for axis in range(2):
                field = flows[start + step, ..., axis] / 20
                np.testing.assert_allclose(stacks[start, 2 * step + axis], field - field.mean(), atol=1e-6)


def test_a_motion_that_the_whole_field_shares_is_taken_away() -> None:
    flows = fields(10)
    np.testing.assert_allclose(stack_flow(flows + np.array((3, -2))), stack_flow(flows), atol=1e-6)
    assert np.abs(stack_flow(flows).mean((2, 3))).max() < 1e-6


def test_flow_is_cut_off_at_twenty_pixels_before_the_mean_is_taken() -> None:
    flows = np.zeros((1, 1, 2, 2), np.float32)
    flows[0, 0, 0] = (100, -100)
    np.testing.assert_allclose(stack_flow(flows, length=1)[0, :, 0], [(0.5, -0.5), (-0.5, 0.5)])


def test_too_few_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 10 fields of flow, got 9"):
        stack_flow(fields(9))
