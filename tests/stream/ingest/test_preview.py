"""Previews: private before they leave, bounded in rate, honest about a dark or frozen picture."""

import cv2
import numpy as np
import pytest

from stream.ingest.preview import HINT_AFTER_SECONDS, NUM_BLOCKS_ACROSS, PictureHealth, PreviewMaker, pixelated
from stream.sources.frame import DecodedFrame, RgbPicture


def frame_of(rgb: np.ndarray, captured_at: float) -> DecodedFrame:
    return DecodedFrame(0.0, captured_at, rgb.shape[1], rgb.shape[0], RgbPicture(rgb))


def noise(seed: int = 0, height: int = 720, width: int = 1280) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def opened(jpeg: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB))


@pytest.mark.parametrize("shape", [(270, 480), (480, 270), (32, 57), (270, 67), (1, 1)])
def test_a_pixelated_picture_has_few_blocks_of_one_colour(shape: tuple[int, int]) -> None:
    private = pixelated(noise(height=shape[0], width=shape[1]))
    assert private.shape == (*shape, 3)
    assert len(np.unique(private.reshape(-1, 3), axis=0)) <= NUM_BLOCKS_ACROSS**2
    for axis in (0, 1):
        edges = np.any(np.diff(private.astype(int), axis=axis) != 0, axis=(1 - axis, 2)).sum()
        assert edges < NUM_BLOCKS_ACROSS


def test_nothing_finer_than_a_block_survives_pixelation() -> None:
    """Two pictures that differ only within blocks look the same: the writing on a screen is gone."""
    blank = np.full((240, 480, 3), 120, np.uint8)
    written = blank.copy()
    written[::2, ::2] += 40
    written[1::2, 1::2] -= 40
    assert np.abs(pixelated(written).astype(int) - pixelated(blank)).max() <= 1


def test_a_preview_is_pixelated_unless_clear_was_asked_for() -> None:
    previews = {
        privacy: PreviewMaker(privacy=privacy, rate_hz=8, height=270).make(frame_of(noise(), 50.0), epoch=3)
        for privacy in ("pixelated", "clear")
    }
    assert {privacy: preview.privacy for privacy, preview in previews.items()} == {p: p for p in previews}
    for preview in previews.values():
        assert (preview.width, preview.height, preview.epoch, preview.captured_at) == (480, 270, 3, 50.0)
        assert opened(preview.jpeg).shape == (270, 480, 3)
    detail = {p: np.abs(np.diff(opened(v.jpeg).astype(int), axis=1)).mean() for p, v in previews.items()}
    assert detail["clear"] > 10 * detail["pixelated"]


def test_previews_keep_their_rate_and_survive_a_clock_that_steps_back() -> None:
    maker, rgb = PreviewMaker(privacy="clear", rate_hz=8, height=32), noise(height=32, width=32)
    made = [maker.make(frame_of(rgb, 100 + index / 25), epoch=1) for index in range(100)]
    assert 25 <= sum(preview is not None for preview in made) <= 33
    assert maker.make(frame_of(rgb, 20.0), epoch=1) is not None


def test_a_long_thin_picture_gives_a_preview_of_bounded_size() -> None:
    preview = PreviewMaker(privacy="clear", rate_hz=8, height=64).make(
        frame_of(noise(height=8, width=4000), 1.0), epoch=1
    )
    assert preview is not None
    assert (preview.width, preview.height) == (256, 64)


def watched(pictures: list[np.ndarray], rate_hz: float = 8.0) -> PictureHealth:
    health = PictureHealth()
    for index, rgb in enumerate(pictures):
        health.look(rgb, 1000 + index / rate_hz)
    return health


def test_a_still_room_with_the_noise_of_a_sensor_is_not_frozen() -> None:
    room = np.full((90, 160, 3), 90, np.uint8)
    noisy = [room + np.random.default_rng(seed).integers(0, 2, room.shape, dtype=np.uint8) for seed in range(200)]
    assert watched(noisy).hints == ()


def test_a_picture_that_never_changes_is_frozen_and_then_thaws() -> None:
    health = watched([noise(height=90, width=160)] * int(8 * HINT_AFTER_SECONDS + 2))
    assert health.hints == ("frozen",)
    health.look(noise(1, height=90, width=160), 2000.0)
    assert health.hints == ()


def test_a_covered_camera_is_dark() -> None:
    dark = [np.random.default_rng(seed).integers(0, 8, (90, 160, 3), dtype=np.uint8) for seed in range(100)]
    assert watched(dark).hints == ("dark",)


def test_an_ultrasound_is_black_for_the_most_part_and_not_dark() -> None:
    cine = []
    for seed in range(100):
        picture = np.zeros((90, 160, 3), np.uint8)
        picture[40:50, 70:90] = np.random.default_rng(seed).integers(0, 120, (10, 20, 1), dtype=np.uint8)
        cine.append(picture)
    assert cine[0].mean() < 16
    assert watched(cine).hints == ()
