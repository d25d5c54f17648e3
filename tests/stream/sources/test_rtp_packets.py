import itertools
from pathlib import Path

import numpy as np
import pytest

from stream.errors import SourceRefused
from stream.sources.rtp_packets import RTP_CLOCK_HZ, RtpRecording, TimedPackets, is_media
from tests.stream.sources.made_videos import make_video

CODECS = {"a.mp4": "libx264", "a.mkv": "libx265", "b.ts": "libx264", "a.avi": "mjpeg"}


@pytest.fixture(params=CODECS)
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> RtpRecording:
    name = request.param
    container = "mpegts" if name.endswith(".ts") else None
    return RtpRecording(make_video(tmp_path / name, codec=CODECS[name], container=container, num_frames=20))


def played(recording: RtpRecording, count: int) -> list[TimedPackets]:
    return list(itertools.islice(recording.play_for_ever(), count))


def timestamps(pictures: list[TimedPackets]) -> np.ndarray:
    """Return the RTP time of each picture, from the first one on."""
    firsts = [next(filter(is_media, picture.packets)) for picture in pictures]
    stamps = np.array([int.from_bytes(packet[4:8]) for packet in firsts], dtype=np.int64)
    return (stamps - stamps[0] + 2**31) % 2**32 - 2**31


def test_pictures_are_due_at_the_files_pace_over_the_loops(recording: RtpRecording) -> None:
    np.testing.assert_allclose(
        [picture.due_seconds for picture in played(recording, 70)], np.arange(70) / 25, atol=1e-4
    )


def test_timestamps_go_on_over_the_loops(recording: RtpRecording) -> None:
    times = np.sort(timestamps(played(recording, 70)))
    np.testing.assert_array_equal(np.diff(times), RTP_CLOCK_HZ // 25)


def test_every_group_begins_with_a_keyframe_that_brings_its_parameters(recording: RtpRecording) -> None:
    pictures = played(recording, 60)
    keyframes = [index for index, picture in enumerate(pictures) if picture.is_keyframe]
    step = 1 if recording.codec == "mjpeg" else 10
    assert keyframes == list(range(0, 60, step))
    if recording.codec == "h264":
        sequence_parameters = b"\x67"
        assert all(sequence_parameters in b"".join(pictures[index].packets) for index in keyframes)


def test_packets_fit_the_network_and_are_numbered_without_holes(recording: RtpRecording) -> None:
    media = [packet for picture in played(recording, 60) for packet in picture.packets if is_media(packet)]
    assert max(map(len, media)) <= 1400
    numbers = np.array([int.from_bytes(packet[2:4]) for packet in media])
    assert set(np.diff(numbers) % 2**16) == {1}


@pytest.mark.parametrize("options", [{"huffman": "optimal"}, {"huffman": "default", "slices": "4"}])
def test_recording_that_rtp_would_garble_is_refused(options: dict[str, str], tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", codec="mjpeg", options=options, num_frames=2)
    with pytest.raises(SourceRefused, match="standard Huffman tables and without restart intervals"):
        RtpRecording(path)


def test_codec_that_cameras_do_not_send_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="required a codec of h264, hevc, mjpeg to send over RTP, found mpeg4"):
        RtpRecording(make_video(tmp_path / "a.avi", codec="mpeg4", num_frames=2))
