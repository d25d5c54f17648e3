import threading

import cv2
import numpy as np
import pytest

from models.flow.dis import flow_between, grey_frames, normalise_flow


def texture(height: int = 96, width: int = 128) -> np.ndarray:
    noise = np.random.default_rng(5).integers(0, 256, (height, width), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, 2), (-2, 1), (0, 0)])
def test_flow_is_how_far_the_picture_moved(right: int, down: int) -> None:
    first = texture()
    second = np.roll(first, (down, right), (0, 1))
    inner = flow_between(first, second)[16:-16, 16:-16]
    assert inner.dtype == np.float32
    np.testing.assert_allclose(np.median(inner, (0, 1)), (right, down), atol=0.25)


def test_flow_does_not_depend_on_what_was_measured_before() -> None:
    first, second = texture(), np.roll(texture(), 2, 1)
    before = flow_between(first, second)
    flow_between(second[::-1].copy(), first)
    assert np.array_equal(flow_between(first, second), before)


def test_flow_does_not_depend_on_the_size_of_what_was_measured_before() -> None:
    first, second = texture(), np.roll(texture(), 2, 1)
    before = flow_between(first, second)
    flow_between(first[:48, :64].copy(), second[:48, :64].copy())
    assert np.array_equal(flow_between(first, second), before)


def test_flow_may_be_measured_by_several_threads() -> None:
    first, second = texture(), np.roll(texture(), 2, 1)
    expected, found = flow_between(first, second), []
    threads = [threading.Thread(target=lambda: found.append(flow_between(first, second))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(flow, expected) for flow in found)


def test_flow_is_cut_off_at_twenty_pixels_and_divided_by_twenty() -> None:
    flows = np.array([-300, -20, -5, 0, 10, 20, 21], np.float32).reshape(1, 1, 7, 1).repeat(2, 3)
    normalised = normalise_flow(flows)
    assert normalised.shape == (2, 1, 1, 7)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised[0, 0, 0], [-1, -1, -0.25, 0, 0.5, 1, 1])


def test_grey_is_the_brightness_of_rgb() -> None:
    frames = np.zeros((1, 2, 2, 3), np.uint8)
    frames[..., 0] = 255
    assert grey_frames(frames).tolist() == [[[76, 76], [76, 76]]]
