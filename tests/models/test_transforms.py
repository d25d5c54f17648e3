import numpy as np
import pytest

from models.transforms import (
    crop_centre,
    normalise_clip,
    normalise_clip_as_lite,
    normalise_frames,
    normalise_frames_to_one,
    resize_exactly,
    resize_short_side,
    standardise_clip,
)


def frames(height: int, width: int, num_frames: int = 2) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("size", "short_side", "expected"),
    [
        ((480, 640), 256, (256, 341)),
        ((640, 480), 256, (341, 256)),
        ((100, 50), 112, (224, 112)),
        ((112, 112), 256, (256, 256)),
    ],
)
def test_the_short_side_is_as_asked_and_the_aspect_stays(
    size: tuple[int, int], short_side: int, expected: tuple[int, int]
) -> None:
    assert resize_short_side(frames(*size), short_side).shape == (2, *expected, 3)


def test_frames_of_the_right_size_are_not_copied() -> None:
    right = frames(256, 340)
    assert resize_short_side(right, 256) is right


@pytest.mark.parametrize("size", [(224, 224), (225, 227), (256, 341)])
def test_the_crop_is_central_with_the_odd_pixel_behind(size: tuple[int, int]) -> None:
    whole = frames(*size)
    top, left = (size[0] - 224) // 2, (size[1] - 224) // 2
    assert np.array_equal(crop_centre(whole, (224, 224)), whole[:, top : top + 224, left : left + 224])


def test_a_frame_smaller_than_the_crop_is_refused() -> None:
    with pytest.raises(ValueError, match="crop of 224x224 needs frames at least as large, got 200x300"):
        crop_centre(frames(200, 300), (224, 224))


def test_clips_are_mapped_to_minus_one_to_one_channels_first() -> None:
    clip = frames(4, 6, num_frames=3)
    clip[0, 0, 0] = (0, 255, 51)
    normalised = normalise_clip(clip)
    assert normalised.shape == (3, 3, 4, 6)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised[:, 0, 0, 0], [-1, 1, -0.6], atol=1e-6)
    np.testing.assert_allclose(normalised, clip.transpose(3, 0, 1, 2) / 127.5 - 1, atol=1e-6)


def test_frames_are_mapped_as_efficientnet_lite_wants_them() -> None:
    clip = frames(4, 6, num_frames=3)
    normalised = normalise_frames(clip)
    assert normalised.flags.c_contiguous
    np.testing.assert_allclose(normalised, (clip.transpose(0, 3, 1, 2) - 127.0) / 128, atol=1e-6)


def test_frames_in_minus_one_to_one_are_those_of_a_clip_frame_by_frame() -> None:
    clip = frames(4, 6, num_frames=3)
    normalised = normalise_frames_to_one(clip)
    assert normalised.flags.c_contiguous
    assert np.array_equal(normalised, normalise_clip(clip).swapaxes(0, 1))


def test_a_clip_may_be_mapped_as_efficientnet_lite_wants_it_frame_by_frame() -> None:
    clip = frames(4, 6, num_frames=3)
    np.testing.assert_allclose(normalise_clip_as_lite(clip), normalise_frames(clip).swapaxes(0, 1), atol=1e-6)


def test_frames_are_standardised_by_the_mean_and_deviation_of_each_colour() -> None:
    clip = frames(4, 6, num_frames=3)
    mean, deviation = (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)
    expected = (clip / 255 - mean) / deviation
    np.testing.assert_allclose(standardise_clip(clip, mean, deviation), expected.transpose(3, 0, 1, 2), atol=1e-5)


def test_frames_are_resized_whatever_their_aspect() -> None:
    whole = frames(30, 50)
    assert resize_exactly(whole, (12, 40)).shape == (*whole.shape[:1], 12, 40, 3)
    assert resize_exactly(whole, (30, 50)) is whole


def test_a_crop_is_normalised_like_a_copy_of_it() -> None:
    view = crop_centre(frames(20, 30), (8, 8))
    assert np.array_equal(normalise_clip(view), normalise_clip(view.copy()))
