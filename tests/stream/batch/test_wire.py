"""Tests of stream/batch/wire.py."""

import os
import threading

import numpy as np
import pytest

from models.predictor import ClipSpec
from stream.batch.wire import DecodeOrder, DecoderMessage, Ended, Opened, Refused, Step, read_message, write_message
from stream.clip_buffer import PickedFrame
from stream.clip_sampler import PlannedClip
from stream.sources.reader import MediaInfo

MEDIA = MediaInfo("file", "mp4", "h264", 1280, 720, 25.0, 12.0, None)
CLIP = PlannedClip("i3d_rgb", 1, 3, (1 << 32, 1 << 32 | 1), (0.0, 0.04), 0.0, 1, 0.0, 0.08)


def sent(*messages: DecoderMessage) -> list[DecoderMessage]:
    """Return what comes out of a real pipe into which these messages go."""
    read_end, write_end = os.pipe()

    def write() -> None:
        with os.fdopen(write_end, "wb") as pipe:
            for message in messages:
                write_message(pipe, message)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        return [read_message(read_end, timeout_seconds=5) for _ in messages]
    finally:
        thread.join()
        os.close(read_end)


@pytest.mark.parametrize(
    "message", [Opened(MEDIA), Ended(250, 3, 2, 10.0, 1.5, 0.25, 120.5), Refused("a.mp4: not a video", True)]
)
def test_what_is_written_is_read(message: DecoderMessage) -> None:
    assert sent(message) == [message]


def test_pixels_come_through_exactly_however_large() -> None:
    rng = np.random.default_rng(3)
    pixels = [rng.integers(0, 256, shape, np.uint8) for shape in ((720, 1280, 3), (1, 1, 3), (31, 7, 3))]
    frames = tuple(PickedFrame(1 << 32 | index, index / 25, 0.0, array) for index, array in enumerate(pixels))
    step, empty = sent(Step(frames, (CLIP,)), Step((), ()))
    assert isinstance(step, Step)
    assert isinstance(empty, Step)
    assert step.clips == (CLIP,)
    assert [frame.frame_id for frame in step.frames] == [frame.frame_id for frame in frames]
    for frame, array in zip(step.frames, pixels, strict=True):
        np.testing.assert_array_equal(frame.rgb, array)
    assert empty.frames == ()


def test_an_order_comes_through_with_its_clip_specs() -> None:
    order = DecodeOrder("a b\n.mp4", {"i3d_rgb": ClipSpec(64, 25.0, 0.64, 256)}, end_seconds=2.5)
    assert order.encode().count(b"\n") == 1
    assert DecodeOrder.decode(order.encode()) == order


def test_silence_and_the_end_of_the_other_side_are_told_apart() -> None:
    read_end, write_end = os.pipe()
    with pytest.raises(TimeoutError, match="nothing was read for 0 s"):
        read_message(read_end, timeout_seconds=0.01)
    os.close(write_end)
    with pytest.raises(EOFError, match="the other side has closed the pipe"):
        read_message(read_end, timeout_seconds=1)
    os.close(read_end)
