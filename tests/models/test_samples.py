import numpy as np
import pytest

from models.samples import Clip

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
