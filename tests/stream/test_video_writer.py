"""Laws of the video writer, read back with PyAV."""

from pathlib import Path

import av
import numpy as np
import pytest

from stream.errors import StreamError
from stream.video_writer import VideoWriter


def write_all(path: Path, frames: list[np.ndarray], rate: float = 15.0) -> None:
    with VideoWriter(path, width=64, height=48, frame_rate_hz=rate) as video:
        for frame in frames:
            video.write(frame)


def write(path: Path, num_frames: int = 40, rate: float = 15.0) -> list[np.ndarray]:
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (48, 64, 3))
    frames = [np.ascontiguousarray(np.roll(ramp, 2 * index, axis=1)) for index in range(num_frames)]
    write_all(path, frames, rate)
    return frames


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("rate", [15.0, 25.0, 29.97])
def test_frames_come_back_in_order_at_their_times(tmp_path: Path, suffix: str, rate: float) -> None:
    path = tmp_path / f"ramp{suffix}"
    frames = write(path, rate=rate)
    with av.open(str(path)) as container:
        read = list(container.decode(video=0))
    assert len(read) == len(frames)
    for index, (frame, original) in enumerate(zip(read, frames, strict=True)):
        assert frame.time == pytest.approx(index / rate, abs=1.1e-3)  # Matroska keeps milliseconds
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - original).mean() < 8


def test_video_is_h264_without_b_frames_and_with_a_key_frame_a_second(tmp_path: Path) -> None:
    path = tmp_path / "ramp.mp4"
    write(path, num_frames=61)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets]
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    assert np.diff(keys).max() <= 15


def test_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ramp.mp4"
    video = VideoWriter(path, width=64, height=48, frame_rate_hz=15)
    video.write(np.zeros((48, 64, 3), np.uint8))
    assert not path.exists()
    video.close()
    assert [item.name for item in tmp_path.iterdir()] == ["ramp.mp4"]


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    frames = [np.zeros((48, 64, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)]
    with pytest.raises(ValueError, match=r"uint8 of shape \(48, 64, 3\), got uint8 of \(2, 2, 3\)"):
        write_all(tmp_path / "a.mp4", frames)
    assert list(tmp_path.iterdir()) == []


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="needs at least one frame"),
        VideoWriter(tmp_path / "a.mp4", width=64, height=48, frame_rate_hz=15),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "height"), [(63, 48), (64, 0)])
def test_odd_or_empty_sizes_are_refused(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(ValueError, match="must be even"):
        VideoWriter(tmp_path / "a.mp4", width=width, height=height, frame_rate_hz=15)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"missing/a\.mp4 cannot be written"):
        VideoWriter(tmp_path / "missing" / "a.mp4", width=64, height=48, frame_rate_hz=15)
