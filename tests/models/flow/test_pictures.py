import numpy as np
import pytest

from models.flow.pictures import colour_flow, colour_key, grey_component


def test_no_motion_is_grey_128_and_twenty_pixels_are_black_or_white() -> None:
    component = np.array([[-50, -20, 0, 20, 50, 10]], np.float32)
    assert grey_component(component).tolist() == [[1, 1, 128, 255, 255, 192]]


def test_a_colour_tells_direction_and_length() -> None:
    turns = np.radians(np.arange(0, 360, 45))
    flow = np.stack((np.cos(turns), np.sin(turns)), -1)[None]
    far, near, still = (colour_flow(flow * length, most_pixels=4.0).astype(int) for length in (4, 2, 0))
    assert (still == 255).all()
    assert len({tuple(colour) for colour in far[0]}) == 8
    # Half as far is half as saturated, in the same hue.
    np.testing.assert_allclose(near, (far + 255) / 2, atol=1)
    assert far[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3), "red is to the right, as in the published wheel"
    further = colour_flow(flow * 8, most_pixels=4.0).astype(int)
    np.testing.assert_allclose(further, 0.75 * far, atol=1)


def test_the_key_shows_at_each_place_the_motion_towards_it() -> None:
    key = colour_key(65)
    assert key[32, 32].tolist() == [255, 255, 255]
    assert key[0, 0].tolist() == [255, 255, 255]
    expected = colour_flow(np.array([[[0.0, 0.5]]]), most_pixels=1.0)[0, 0]
    assert np.array_equal(key[48, 32], expected)


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="most_pixels must be above 0, got 0"):
        colour_flow(np.zeros((1, 1, 2)), most_pixels=0)
