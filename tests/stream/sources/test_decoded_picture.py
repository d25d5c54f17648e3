from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from stream.sources.decoded_picture import DecodedPicture
from tests.stream.sources.made_videos import pictures

BT709, BT601, UNSPECIFIED = 1, 5, 2
LIMITED, FULL = 1, 2


def as_decoded(rgb: np.ndarray, pixel_format: str, *, space: int, color_range: int) -> av.VideoFrame:
    """Return the picture as a decoder would leave it, converted by swscale with the stated matrix and range."""
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format=pixel_format,
        dst_colorspace=Colorspace.ITU709 if space == BT709 else Colorspace.ITU601,
        dst_color_range=ColorRange.JPEG if color_range == FULL else ColorRange.MPEG,
    )
    frame.colorspace, frame.color_range = space, color_range
    return frame


@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "nv12", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p12le"]
)
@pytest.mark.parametrize(("space", "color_range"), [(BT601, LIMITED), (BT709, LIMITED), (BT601, FULL), (BT709, FULL)])
def test_rgb_comes_back_whatever_the_matrix_and_range(pixel_format: str, space: int, color_range: int) -> None:
    expected = pictures(3, 160, 120)[2]
    frame = as_decoded(expected, pixel_format, space=space, color_range=color_range)
    found = DecodedPicture(frame).to_rgb(120, 160)
    # 8-bit YUV and subsampled chroma cost about 2 of 255 in a smooth picture; the wrong matrix costs 6 and more.
    assert np.abs(found.astype(int) - expected).mean() < 2.5


@pytest.mark.parametrize("size", [(90, 120), (64, 64), (256, 340), (45, 60)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "nv12", "yuv444p", "yuv420p10le", "gray"])
def test_resized_picture_agrees_with_swscale(pixel_format: str, size: tuple[int, int]) -> None:
    height, width = size
    rgb = pictures(2, 320, 240)[1]
    space, color_range = BT601, FULL if pixel_format in ("yuvj420p", "gray") else LIMITED
    frame = as_decoded(rgb, pixel_format, space=space, color_range=color_range)
    expected = cv2.resize(rgb.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    if pixel_format == "gray":
        expected = np.repeat((expected @ np.float32([0.299, 0.587, 0.114]))[..., None], 3, axis=2)
    by_swscale = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()
    found = DecodedPicture(frame).to_rgb(height, width)
    # Area resizing of the original is the ideal, from which both may differ by rounding and by their filters.
    assert np.abs(found - expected).mean() < 2.0
    assert np.abs(found - expected).mean() < np.abs(by_swscale - expected).mean() + 1.0


def test_hd_without_a_named_colour_space_is_bt709_and_sd_bt601() -> None:
    for width, height, space in ((1280, 720, BT709), (640, 480, BT601)):
        rgb = np.full((height, width, 3), (200, 40, 60), np.uint8)
        frame = as_decoded(rgb, "yuv420p", space=space, color_range=LIMITED)
        frame.colorspace = UNSPECIFIED
        assert np.abs(DecodedPicture(frame).to_rgb(8, 8).astype(int) - (200, 40, 60)).max() <= 3


@pytest.mark.parametrize("pixel_format", ["rgb24", "bgra", "gbrp", "pal8", "yuva420p"])
def test_other_forms_go_through_the_general_converter(pixel_format: str) -> None:
    frame = av.VideoFrame(32, 24, pixel_format)
    assert DecodedPicture(frame).to_rgb(12, 16).shape == (12, 16, 3)


def test_shrinking_averages_instead_of_skipping() -> None:
    checkers = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(checkers), format="gray")
    found = DecodedPicture(frame).to_rgb(64, 64)
    assert np.abs(found.astype(int) - 127).max() <= 2


def test_picture_outlives_its_decoder_unchanged() -> None:
    frame = as_decoded(pictures(1, 64, 48)[0], "yuv420p", space=BT601, color_range=LIMITED)
    picture = DecodedPicture(frame)
    before = picture.to_rgb(48, 64)
    del frame
    np.testing.assert_array_equal(picture.to_rgb(48, 64), before)
    assert before.flags.c_contiguous
    assert before.dtype == np.uint8


def test_size_is_that_of_square_pixels_within_reason() -> None:
    frame = av.VideoFrame(720, 576, "yuv420p")
    assert DecodedPicture(frame, float(Fraction(16, 11))).width == 1047
    assert DecodedPicture(frame, 100.0).width == 720


def test_opencv_stays_within_its_threads() -> None:
    before = cv2.getNumThreads()
    DecodedPicture(av.VideoFrame(64, 48, "yuv420p")).to_rgb(24, 32)
    assert cv2.getNumThreads() == before
