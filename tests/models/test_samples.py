import numpy as np
import pytest

from models.samples import Clip, Image, StoredVolume, Volume
from models.voxel_grid import VoxelGrid

FRAMES = np.zeros((2, 4, 4, 3), np.uint8)


@pytest.mark.parametrize(
    ("frames", "pts_seconds", "frame_ids", "reason"),
    [
        (FRAMES.astype(np.float32), [0, 1], (), "uint8 RGB"),
        (FRAMES[..., :2], [0, 1], (), "uint8 RGB"),
        (FRAMES[:0], [], (), "at least one frame"),
        (FRAMES, [0], (), "one time a frame"),
        (FRAMES, [1, 0], (), "never fall"),
        (FRAMES, [0, 1], (7,), "name all 2 frames"),
    ],
)
def test_a_clip_that_does_not_hold_together_is_refused(
    frames: np.ndarray, pts_seconds: list[float], frame_ids: tuple[int, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Clip(frames, np.array(pts_seconds, float), "bed1", frame_ids)


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


@pytest.mark.parametrize(
    ("voxels", "reason"),
    [
        (np.zeros((4, 4, 4), np.float32), "C, D, H, W"),
        (np.zeros((2, 4, 4, 4), np.float32), "its channels"),
        (np.zeros((1, 4, 4, 5), np.float32), "its grid"),
        (np.zeros((1, 4, 4, 4), np.float64), "float32"),
    ],
)
def test_a_volume_that_does_not_hold_together_is_refused(voxels: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Volume(voxels=voxels, grid=VoxelGrid.of_axes((4, 4, 4), (1, 1, 1)), source_id="ct")


def test_a_stored_volume_becomes_one_in_memory_with_all_that_it_says() -> None:
    voxels = np.random.default_rng(0).normal(size=(1, 5, 3, 2)).astype(np.float32)
    grid = VoxelGrid.of_axes((5, 3, 2), (2, 1, 1))
    stored = StoredVolume(
        grid=grid, source_id="ct", intensity_unit="HU", remarks=("tilted",), read_slab=lambda a, b: voxels[:, a:b]
    )
    loaded = stored.load()
    assert np.array_equal(loaded.voxels, voxels)
    assert (loaded.intensity_unit, loaded.remarks, loaded.grid) == ("HU", ("tilted",), grid)
