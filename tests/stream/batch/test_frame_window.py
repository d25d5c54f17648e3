"""Tests of stream/batch/frame_window.py, fed by the real clip buffer."""

import numpy as np
import pytest

from models.predictor import ClipSpec
from stream.batch.frame_window import FrameWindow
from stream.clip_buffer import ClipBuffer
from stream.sources.frame import DecodedFrame, RgbPicture

SPECS = {"long": ClipSpec(32, 25.0, 0.64, 8), "short": ClipSpec(4, 12.5, 0.08, 8)}


def frame(index: int) -> DecodedFrame:
    pixels = np.full((8, 8, 3), index % 256, np.uint8)
    return DecodedFrame(index / 25, 0.0, 8, 8, RgbPicture(pixels))


def test_every_clip_gets_its_own_pixels_and_the_window_stays_short() -> None:
    buffer, window = ClipBuffer("a", SPECS), FrameWindow("a", SPECS)
    longest = num_clips = 0
    for index in range(500):
        output = buffer.push(frame(index))
        for picked in output.picked:
            window.add(picked)
        longest = max(longest, len(window))
        for planned in output.clips:
            clip = window.assemble(planned)
            num_clips += 1
            np.testing.assert_array_equal(clip.frames[:, 0, 0, 0], np.round(np.array(planned.pts_seconds) * 25) % 256)
            assert clip.frame_ids == planned.frame_ids
    assert num_clips > 200
    assert longest <= 32 + 16 + 1, "a clip and a stride are all that may be needed again"


def test_a_frame_that_is_gone_is_an_error() -> None:
    buffer, window = ClipBuffer("a", {"short": SPECS["short"]}), FrameWindow("a", ["short"])
    planned = next(clip for index in range(20) for clip in buffer.push(frame(index)).clips)
    with pytest.raises(KeyError, match=str(planned.frame_ids[0])):
        window.assemble(planned)
