"""Tests of stream/batch/decoder.py and decode_child.py: a real child, real files."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from models.predictor import ClipSpec
from stream.batch.decoder import Decoder, decoders_ahead
from stream.batch.wire import DecodeOrder, Ended, Opened, Step
from stream.errors import DecodeError, SourceRefused
from tests.stream.batch.scenery import write_video

SPECS = {"tiny": ClipSpec(8, 12.5, 0.32, 32)}


def test_the_child_sends_media_then_frames_and_clips_then_the_end(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 50)
    with Decoder(DecodeOrder(str(video), SPECS)) as decoder:
        messages = list(decoder)
    assert isinstance(messages[0], Opened)
    assert messages[0].media.width == 96
    ended = messages[-1]
    assert isinstance(ended, Ended)
    assert (ended.num_frames, ended.num_damaged, ended.num_epochs) == (50, 0, 1)
    assert ended.duration_seconds == pytest.approx(2.0)
    steps = [message for message in messages if isinstance(message, Step)]
    known: set[int] = set()
    for step in steps:
        known |= {frame.frame_id for frame in step.frames}
        assert all(set(clip.frame_ids) <= known for clip in step.clips), "a clip came before one of its frames"
    starts = [clip.start_seconds for step in steps for clip in step.clips]
    assert starts == pytest.approx([0.32 * index for index in range(5)])


def test_without_models_every_frame_is_sent_at_most_at_its_own_size(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 10)
    with Decoder(DecodeOrder(str(video), {}, short_side=720)) as decoder:
        frames = [frame for message in decoder if isinstance(message, Step) for frame in message.frames]
    assert [frame.rgb.shape for frame in frames] == [(64, 96, 3)] * 10


def test_decoding_stops_where_it_was_told(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 100)
    with Decoder(DecodeOrder(str(video), SPECS, end_seconds=1.0)) as decoder:
        ended = list(decoder)[-1]
    assert isinstance(ended, Ended)
    assert ended.duration_seconds == pytest.approx(1.0)


@pytest.mark.parametrize("content", [b"", b"just text", b"#EXTM3U\nfile:///etc/passwd\n"])
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_bytes(content)
    with Decoder(DecodeOrder(str(fake), SPECS)) as decoder, pytest.raises(SourceRefused, match=r"fake\.mp4"):
        list(decoder)


def test_a_decoder_that_crashes_is_an_error_of_the_file(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 2000)
    with Decoder(DecodeOrder(str(video), {}, short_side=64)) as decoder:
        messages = iter(decoder)
        assert isinstance(next(messages), Opened)
        os.kill(decoder.process_id, signal.SIGSEGV)
        with pytest.raises(DecodeError, match=r"a\.mp4: the decoder died while reading it \(SIGSEGV\)"):
            list(messages)


def test_a_decoder_that_hangs_is_ended(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 2000)
    with Decoder(DecodeOrder(str(video), {}, short_side=64), silence_seconds=6.0) as decoder:
        messages = iter(decoder)
        assert isinstance(next(messages), Opened)
        os.kill(decoder.process_id, signal.SIGSTOP)
        with pytest.raises(DecodeError, match="gave nothing for 6 s"):
            list(messages)
        process_id = decoder.process_id
    assert not Path(f"/proc/{process_id}").exists()


def test_the_next_decoder_starts_while_one_is_at_work_and_none_is_left_over(tmp_path: Path) -> None:
    # A frame is larger than the pipe: a decoder of which nobody reads stays.
    video = str(write_video(tmp_path / "a.mp4", [0.5] * 50, width=320, height=240))
    decoders = decoders_ahead(DecodeOrder(video, {}, short_side=240) for _ in range(3))
    with next(decoders) as first:
        wait_for_decoders(2)
        assert isinstance(list(first)[-1], Ended)
    with next(decoders):
        wait_for_decoders(2)
        decoders.close()
    assert not decoder_children()


def wait_for_decoders(number: int) -> None:
    """A child bears its parent's command line until it has become its own program."""
    deadline = time.monotonic() + 10.0
    while len(decoder_children()) != number:
        assert time.monotonic() < deadline, f"required {number} decoders, found {decoder_children()}"
        time.sleep(0.01)


def decoder_children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if _is_decoder(child)]


def _is_decoder(child: psutil.Process) -> bool:
    try:
        return "stream.batch.decode_child" in " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
        return False


def test_a_child_ahead_of_its_reader_waits(tmp_path: Path) -> None:
    """Nobody reads: the child fills the pipe and stops there, far from the end of the file."""
    video = write_video(tmp_path / "a.mp4", [0.5] * 1000, width=320, height=240)
    with Decoder(DecodeOrder(str(video), {}, short_side=240)) as decoder:
        messages = iter(decoder)
        next(messages)
        before, after = -1, _cpu_ticks(decoder.process_id)
        while after != before:  # until it has come to rest
            time.sleep(0.3)
            before, after = after, _cpu_ticks(decoder.process_id)
        num_left = sum(len(message.frames) for message in messages if isinstance(message, Step))
    assert num_left == 1000


def _cpu_ticks(process_id: int) -> int:
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
