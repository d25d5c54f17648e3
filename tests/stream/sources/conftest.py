"""What the tests of sources share: made files, watched files, and cameras that are real processes."""

import ctypes
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stream.sources.made_videos import make_video

_IN_OPEN = 0x20
_IN_NONBLOCK = 0o4000


class OpenWatch:
    """Tells, by the kernel's word, whether anybody has opened a file."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(_IN_NONBLOCK)
        assert libc.inotify_add_watch(self._descriptor, os.fsencode(path), _IN_OPEN) >= 0

    def num_opens(self) -> int:
        try:
            return len(os.read(self._descriptor, 65536)) // struct.calcsize("iIII")
        except BlockingIOError:
            return 0

    def close(self) -> None:
        os.close(self._descriptor)


@pytest.fixture
def watch_opens() -> Iterator[Callable[[Path], OpenWatch]]:
    watches: list[OpenWatch] = []

    def watch(path: Path) -> OpenWatch:
        watches.append(OpenWatch(path))
        return watches[-1]

    yield watch
    for opened in watches:
        opened.close()


class CameraProcess:
    """A virtual camera in a process of its own."""

    def __init__(self, file: Path, *options: str) -> None:
        command = [sys.executable, "-m", "stream.sources.virtual_camera", str(file), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("rtsp://"), "the camera did not start"

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    def url_with(self, username: str, password: str) -> str:
        return self.url.replace("rtsp://", f"rtsp://{username}:{password}@")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(5)


@pytest.fixture
def start_camera() -> Iterator[Callable[..., CameraProcess]]:
    cameras: list[CameraProcess] = []

    def start(file: Path, *options: str) -> CameraProcess:
        cameras.append(CameraProcess(file, *options))
        return cameras[-1]

    yield start
    for camera in cameras:
        if camera.process.poll() is None:
            camera.kill()
        if camera.process.stdout is not None:
            camera.process.stdout.close()


@pytest.fixture(scope="session")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames of 64x48 at 25 Hz, H.264 without B-frames, in mp4."""
    path = tmp_path_factory.mktemp("video") / "small.mp4"
    return make_video(path, options={"preset": "ultrafast", "g": "10", "bf": "0"})
