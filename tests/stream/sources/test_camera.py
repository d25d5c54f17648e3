"""Real cameras of our own making: processes that serve files over RTSP, logged in to, killed and started again."""

import itertools
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stream.errors import SourceLost
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source
from tests.stream.sources.conftest import CameraProcess
from tests.stream.sources.made_videos import make_video

StartCamera = Callable[..., CameraProcess]


def received(url: str, count: int) -> list[DecodedFrame]:
    with open_source(url) as reader:
        return list(itertools.islice(reader, count))


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"preset": "ultrafast", "g": "10", "bf": "0"}),
        ("b_frames.mp4", "libx264", {"preset": "medium", "g": "10", "bf": "2"}),
        ("a.ts", "libx264", {"preset": "ultrafast", "g": "10", "bf": "0"}),
        ("a.mkv", "libx265", None),
        ("a.avi", "mjpeg", None),
    ],
)
def test_frames_over_rtsp_are_those_of_the_file(
    name: str, codec: str, options: dict[str, str] | None, tmp_path: Path, start_camera: StartCamera
) -> None:
    path = make_video(
        tmp_path / name, codec=codec, options=options, container="mpegts" if name.endswith("ts") else None, rate=100
    )
    with open_source(str(path)) as reader:
        in_file = list(reader)
    over_rtsp = received(start_camera(path).url, 40)
    steps = np.diff([frame.pts_seconds for frame in over_rtsp])
    np.testing.assert_allclose(steps, 0.01, atol=2e-5)  # one tick of the RTP clock, over the loop's end as well
    first = next(
        i for i, frame in enumerate(in_file) if np.array_equal(frame.to_rgb(48, 64), over_rtsp[0].to_rgb(48, 64))
    )
    assert first <= 1  # FFmpeg loses the time of the very first picture, so it is not handed on
    for index, frame in enumerate(over_rtsp):
        expected = in_file[(first + index) % len(in_file)]
        np.testing.assert_array_equal(frame.to_rgb(48, 64), expected.to_rgb(48, 64))


def test_captured_at_is_now_and_rises_with_the_media_time(small_video: Path, start_camera: StartCamera) -> None:
    with open_source(start_camera(small_video).url) as reader:
        ages, captured = [], []
        for frame in itertools.islice(reader, 50):
            captured.append(frame.captured_at)
            ages.append(time.time() - frame.captured_at)
    assert captured == sorted(captured)
    assert min(ages) >= 0
    assert np.median(ages[25:]) < 0.3
    np.testing.assert_allclose(np.diff(captured[30:]), 0.04, atol=0.03)


@pytest.mark.parametrize("login", ["digest", "basic"])
def test_password_with_special_characters_opens_the_camera(
    login: str, small_video: Path, start_camera: StartCamera
) -> None:
    password = "p@ss/w:rd?#%"
    camera = start_camera(small_video, "--user", "nurse", "--password", password, "--login", login)
    assert len(received(camera.url_with("nurse", password), 3)) == 3
    assert len(received(camera.url_with("nurse", "p%40ss%2Fw%3Ard%3F%23%25"), 3)) == 3


def test_wrong_password_is_said_and_never_shown(
    small_video: Path, start_camera: StartCamera, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    camera = start_camera(small_video, "--user", "nurse", "--password", "right")
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(
            SourceLost, match=r"rtsp://\*\*\*@.*: the camera refuses the user name or password"
        ) as caught:
            open_source(camera.url_with("nurse", "ge%68eim"))
        with pytest.raises(SourceLost, match="asks for a user name and password; the address has none"):
            open_source(camera.url)
    seen = str(caught.value) + repr(caught.value.__context__) + caplog.text + "".join(capfd.readouterr())
    assert "geheim" not in seen
    assert "ge%68eim" not in seen


def test_killed_camera_is_lost_at_once_and_comes_back(small_video: Path, start_camera: StartCamera) -> None:
    camera = start_camera(small_video)
    with open_source(camera.url) as reader:
        frames = iter(reader)
        next(frames)
        camera.kill()
        killed_at = time.monotonic()
        with pytest.raises(
            SourceLost, match=r"the camera (closed the connection|ended the stream)|the connection broke off"
        ):
            list(itertools.islice(frames, 1000))
        assert time.monotonic() - killed_at < 2.0
    with pytest.raises(SourceLost, match="nothing listens at port"):
        open_source(camera.url)
    again = start_camera(small_video, "--port", str(camera.port))
    assert again.url == camera.url
    assert len(received(again.url, 5)) == 5


def test_frozen_camera_is_lost_within_the_stall_bound(small_video: Path, start_camera: StartCamera) -> None:
    camera = start_camera(small_video)
    with open_source(camera.url, read_timeout_seconds=1.5) as reader:
        frames = iter(reader)
        next(frames)
        camera.freeze()
        frozen_at = time.monotonic()
        with pytest.raises(SourceLost, match=r"sent nothing for 1.5 s"):
            list(itertools.islice(frames, 1000))
        assert time.monotonic() - frozen_at < 3.0


def test_several_clients_see_the_same_running_picture(small_video: Path, start_camera: StartCamera) -> None:
    camera = start_camera(small_video)
    with open_source(camera.url) as first, open_source(camera.url) as second:
        early = [frame.to_rgb(48, 64).tobytes() for frame in itertools.islice(first, 40)]
        late = [frame.to_rgb(48, 64).tobytes() for frame in itertools.islice(second, 20)]
    assert set(late) <= set(early)


def test_late_client_gets_the_running_picture_and_not_all_that_went_before(
    small_video: Path, start_camera: StartCamera
) -> None:
    camera = start_camera(small_video)
    with open_source(camera.url) as first:
        frames = iter(first)
        list(itertools.islice(frames, 60))
        with open_source(camera.url) as second:
            joined_at = time.monotonic()
            burst = list(itertools.takewhile(lambda _: time.monotonic() - joined_at < 0.02, second))
    assert len(burst) < 25  # at most a group of ten and what came while the second one was opened


def test_camera_stops_promptly_though_clients_are_connected(small_video: Path, start_camera: StartCamera) -> None:
    camera = start_camera(small_video)
    with open_source(camera.url) as reader:
        next(iter(reader))
        started_at = time.monotonic()
        assert camera.stop() == 0
        assert time.monotonic() - started_at < 2.0


def test_unknown_path_is_said(small_video: Path, start_camera: StartCamera) -> None:
    with pytest.raises(SourceLost, match="has no stream of that path"):
        open_source(start_camera(small_video).url + "2")
