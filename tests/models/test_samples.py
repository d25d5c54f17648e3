import numpy as np
import pytest

from models.samples import Clip, Image, Volume

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


def test_an_image_must_be_colour() -> None:
    with pytest.raises(ValueError, match="uint8 RGB"):
        Image(np.zeros((4, 4), np.uint8), "slide")


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "reason"),
    [
        ((4, 4, 4), (1, 1, 1), "C, D, H, W"),
        ((2, 4, 4, 4), (1, 1, 1), "as many names"),
        ((1, 4, 4, 4), (1, 0, 1), "positive"),
    ],
)
def test_a_volume_that_does_not_hold_together_is_refused(
    shape: tuple[int, ...], spacing_mm: tuple[float, float, float], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Volume(np.zeros(shape, np.float32), spacing_mm, "ct")
