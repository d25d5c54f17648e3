"""The ingester on a real RTSP camera that dies, falls silent, changes, or wants another password."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.messages import InferenceRequest
from tests.stream.ingest_system import IngestSystem, write_video
from tests.waiting import wait_until

QUICK = {"reconnect_min_seconds": 0.1, "reconnect_max_seconds": 0.5}


class Camera:
    """A camera process that can be started, killed and frozen at will; always at the same address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"rtsp://127.0.0.1:{port}/cam1"
        self._process: subprocess.Popen[str] | None = None

    def start(self, video: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "stream.sources.virtual_camera", str(video), "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--path", "cam1", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("rtsp://"), "the camera did not come up"

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def camera(unused_port: int) -> Iterator[Camera]:
    running = Camera(unused_port)
    yield running
    running.kill()


def assert_no_clip_spans_two_epochs(requests: list[InferenceRequest]) -> None:
    for request in requests:
        assert {frame_id >> 32 for frame_id in request.frame_ids} == {request.epoch}
        assert request.pts_seconds[-1] - request.pts_seconds[0] == pytest.approx(0.7, abs=0.1)
        assert all(chunk_id.startswith(f"{request.epoch}-") for chunk_id in request.chunk_ids)
    for epoch in {request.epoch for request in requests}:
        indices = [request.clip_index for request in requests if request.epoch == epoch]
        assert indices == list(range(len(indices)))


@pytest.mark.slow
def test_a_camera_that_dies_and_comes_back_with_another_picture_begins_a_new_epoch(
    system: IngestSystem, camera: Camera, moving_video: Path, tmp_path: Path
) -> None:
    camera.start(moving_video)
    system.add("cam", camera.url)
    system.start("cam", **QUICK)
    first = system.wait_for("cam", lambda status: status.state == "live" and status.epoch > 0)
    system.wait_for_clips("cam", 2)
    camera.kill()
    killed_at = time.time()
    stalled = system.wait_for_state("cam", "stalled", timeout_seconds=5)
    assert stalled.reported_at - killed_at < 5
    assert stalled.last_frame_at <= killed_at + 0.2
    camera.start(write_video(tmp_path / "other.mp4", num_frames=50, width=256, height=144))
    again = system.wait_for("cam", lambda status: status.state == "live" and status.epoch > first.epoch)
    assert (again.width, again.height, again.reconnects) == (256, 144, 1)
    before = len(system.requests("cam"))
    requests = system.wait_for_clips("cam", before + 2)
    assert {request.epoch for request in requests} == {first.epoch, again.epoch}
    assert_no_clip_spans_two_epochs(requests)
    (gap,) = system.gaps("cam")
    assert gap.epoch == again.epoch
    assert gap.from_at == pytest.approx(stalled.last_frame_at, abs=0.1)
    assert gap.from_at < killed_at + 0.2 < gap.to_at
    assert gap.reason
    sizes = {
        request.epoch: {system.store.get_chunk("cam", chunk_id).shape[1:3] for chunk_id in request.chunk_ids}
        for request in requests
    }
    assert sizes == {first.epoch: {(64, 85)}, again.epoch: {(64, 114)}}


@pytest.mark.slow
def test_a_camera_that_falls_silent_is_stalled_within_five_seconds_and_live_again_when_it_speaks(
    system: IngestSystem, camera: Camera, moving_video: Path
) -> None:
    camera.start(moving_video)
    system.add("cam", camera.url)
    process = system.start("cam", **QUICK)
    first = system.wait_for("cam", lambda status: status.state == "live" and status.epoch > 0)
    camera.send(signal.SIGSTOP)
    frozen_at = time.time()
    stalled = system.wait_for_state("cam", "stalled", timeout_seconds=8)
    assert stalled.reported_at - frozen_at < 5
    system.wait_for("cam", lambda status: "camera" in status.reason, timeout_seconds=10)  # it was given up, too
    camera.send(signal.SIGCONT)
    again = system.wait_for("cam", lambda status: status.state == "live", timeout_seconds=20)
    assert process.poll() is None, "the process itself went on"
    again = system.wait_for("cam", lambda status: status.epoch > first.epoch)
    assert again.reconnects >= 1
    wait_until(lambda: system.gaps("cam"), what="the gap")
    gap = system.gaps("cam")[-1]
    assert gap.to_at - gap.from_at > 2.5


def test_a_wrong_password_is_a_failure_with_a_reason_that_does_not_tell_it(
    system: IngestSystem, camera: Camera, moving_video: Path
) -> None:
    camera.start(moving_video, "--user", "nurse", "--password", "right-one")
    system.add("cam", camera.url.replace("rtsp://", "rtsp://nurse:s3cret@"))
    system.start("cam", **QUICK)
    status = system.wait_for_state("cam", "failed")
    assert "password" in status.reason.lower()
    assert "s3cret" not in status.encode().decode() + system.log("cam")
    system.add("cam", camera.url.replace("rtsp://", "rtsp://nurse:right-one@"))
    assert system.processes[0].wait(5) == 0, "it ends when its entry changes"
    system.start("cam", **QUICK)
    system.wait_for_state("cam", "live")
    assert "right-one" not in system.log("cam")


@pytest.mark.slow
def test_an_ingester_that_is_killed_leaves_a_declared_gap_and_nothing_unaccounted(
    system: IngestSystem, moving_video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five times SIGKILL at a seeded random moment; the file of a journal beside the server is the witness."""
    random, recovery_seconds = np.random.default_rng(20), []
    system.add("cam", moving_video, loop=True)
    process = system.start("cam")
    for trial in range(5):
        old_epochs = {request.epoch for request in system.wait_for_clips("cam", 2 * trial + 1)}
        time.sleep(random.uniform(0, 1.0))  # the moment of the fault, anywhere in a clip
        process.kill()
        process.wait()
        killed_at = time.time()
        process = system.start("cam")
        known = len(system.requests("cam"))
        renewed = system.wait_for_clips("cam", known + 1)[known:]
        recovery_seconds.append(time.time() - killed_at)
        assert min(request.epoch for request in renewed) > max(old_epochs)
        gap = system.gaps("cam")[-1]
        assert gap.from_at <= killed_at < gap.to_at
        assert gap.reason == "the ingester was started anew"
    process.send_signal(signal.SIGTERM)
    process.wait()
    requests = system.requests("cam")
    entries = [(request.model, request.entry_id) for request in requests]
    lost = set(system.journal("cam", "accepted")) - set(entries)
    duplicated = len(entries) - len(set(entries))
    with capsys.disabled():
        seconds = np.round(recovery_seconds, 2).tolist()
        sys.stdout.write(f"\nkills=5 lost={len(lost)} duplicated={duplicated} recovery_seconds={seconds}\n")
    assert (len(lost), duplicated) == (0, 0)
    assert set(entries) <= set(system.journal("cam", "offered"))
    (account,) = system.account.clips()
    assert account.is_closed
    assert account.produced == len(entries)
    assert system.frames("cam").is_closed
    assert len({request.epoch for request in requests}) == 6
    assert_no_clip_spans_two_epochs(requests)
