import numpy as np
import pytest

from models.imaging.picture import Image


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4, 3), np.float64)]
)
def test_an_image_must_be_grey_or_colour(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"pixels of image 'slide' must be uint8, uint16 or float32"):
        Image(pixels, "slide")


def test_grey_that_is_stored_as_three_equal_channels_is_grey() -> None:
    shades = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    assert np.array_equal(Image(np.repeat(shades, 3, axis=2), "slide").grey(), shades[..., 0])


def test_colour_where_grey_is_needed_is_refused_by_name() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0, 0, 1] = 1
    with pytest.raises(ValueError, match="required a grey picture, found colours in 'slide'"):
        Image(pixels, "slide").grey()


def test_a_screen_shows_the_range_that_a_picture_names() -> None:
    hounsfield = np.array([[-1000, -160, 40, 240, 3000]], np.float32)[..., None]
    shown = Image(hounsfield, "ct", display_range=(-160, 240)).rgb8()
    assert shown.dtype == np.uint8
    assert shown[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_eight_bits_are_shown_as_they_are() -> None:
    shades = np.array([[7, 9]], np.uint8)[..., None]
    assert Image(shades, "slide").rgb8()[0].tolist() == [[7] * 3, [9] * 3]
