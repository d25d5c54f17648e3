"""The ingester as a real process, on real files and a real server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from pydicom.examples import get_path

from models.predictor import ClipSpec
from stream.clip_buffer import ClipBuffer
from stream.errors import FramesGone
from stream.sources.opening import open_source
from tests.stream.ingest_system import IngestSystem, write_video
from tests.waiting import wait_until

SPEC = ClipSpec(8, 10.0, 0.4, 64)
OTHER = ClipSpec(16, 12.5, 0.64, 48)


def test_a_file_is_played_to_its_end_and_every_frame_and_clip_is_accounted_for(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video, models={"motion": SPEC, "other": OTHER})
    process = system.start("cam")
    live = system.wait_for_state("cam", "live")
    assert (live.codec, live.width, live.height, live.reason) == ("h264", 320, 240, "")
    assert set(live.clip_seconds) == {"motion", "other"}
    system.wait_for("cam", lambda status: 20 < status.frame_rate_hz < 30)
    system.wait_for_state("cam", "ended")
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    frames = system.frames("cam")
    assert frames.is_closed
    assert frames.decoded == 60
    produced = {account.model: account.produced for account in system.account.clips()}
    assert produced == {"motion": 5, "other": 2}
    assert sorted(system.journal("cam", "accepted")) == sorted(
        (request.model, request.entry_id) for request in system.requests("cam")
    )
    assert system.gaps("cam") == []


def test_the_clips_of_a_live_source_are_those_of_the_file_read_in_batch(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video, models={"motion": SPEC, "other": OTHER})
    system.start("cam")
    system.wait_for_state("cam", "ended")
    buffer = ClipBuffer("cam", {"motion": SPEC, "other": OTHER})
    with open_source(str(moving_video)) as reader:
        outputs = [*map(buffer.push, reader), buffer.finish()]
    pixels = {frame.frame_id & 0xFFFFFFFF: frame.rgb for output in outputs for frame in output.picked}
    expected = {(clip.model, clip.clip_index): clip for output in outputs for clip in output.clips}
    requests = system.requests("cam")
    assert {(request.model, request.clip_index) for request in requests} == set(expected)
    for request in requests:
        clip = expected[request.model, request.clip_index]
        assert request.pts_seconds == pytest.approx(clip.pts_seconds)
        chunks = [system.store.get_chunk("cam", chunk_id) for chunk_id in request.chunk_ids]
        for (chunk, index), frame_id in zip(request.frame_refs, clip.frame_ids, strict=True):
            np.testing.assert_array_equal(chunks[chunk][index], pixels[frame_id & 0xFFFFFFFF])


def test_a_looped_file_goes_on_in_one_epoch(system: IngestSystem, tmp_path: Path) -> None:
    system.add("cam", write_video(tmp_path / "short.mp4", num_frames=25), loop=True)
    system.start("cam")
    first = system.wait_for("cam", lambda status: status.epoch > 0)
    system.wait_for_clips("cam", 8)
    requests = system.requests("cam")
    assert {request.epoch for request in requests} == {first.epoch}
    assert requests[-1].pts_seconds[-1] > 2.0, "longer than the file"
    assert system.status("cam").state == "live"


def test_a_looped_ultrasound_cine_is_a_live_source(system: IngestSystem) -> None:
    """pydicom's own echocardiogram: 30 frames, JPEG."""
    system.add("echo", get_path("ybr_color"), loop=True)
    system.start("echo")
    requests = system.wait_for_clips("echo", 4)
    assert len({request.epoch for request in requests}) == 1
    assert system.wait_for_state("echo", "live").width > 0


def test_requests_carry_when_they_were_captured_and_how_long_they_are_worth_scoring(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video)
    system.start("cam", deadline_seconds=7.5)
    system.wait_for_clips("cam", 2)
    first = system.requests("cam")[0]
    assert 0 <= first.produced_at - first.captured_at < 1.0
    assert first.deadline_at == pytest.approx(first.captured_at + 7.5)
    assert (first.clip_index, len(first.frame_refs), len(first.frame_ids)) == (0, 8, 8)


def test_previews_are_pixelated_before_they_leave_and_follow_the_source(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video, loop=True)
    system.add("open", moving_video, loop=True, privacy="clear")
    for source_id in ("cam", "open"):
        system.start(source_id)
        system.wait_for_state(source_id, "live")
    first = system.store.latest_preview("cam")
    assert (first.privacy, first.height) == ("pixelated", 270)
    assert system.store.latest_preview("open").privacy == "clear"
    wait_until(lambda: system.store.latest_preview("cam").captured_at > first.captured_at + 0.5, 5)


# -- adding and removing -----------------------------------------------------------------------------------------


def test_a_source_that_is_removed_ends_and_leaves_nothing_while_others_go_on(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video, loop=True)
    system.add("other", moving_video, loop=True)
    process, other = system.start("cam"), system.start("other")
    for source_id in ("cam", "other"):
        system.wait_for_clips(source_id, 1)
    epoch = system.status("other").epoch
    system.registry.remove("cam")
    assert process.wait(5) == 0
    assert system.status("cam") is None
    assert [account.source_id for account in system.account.clips()] == ["other"]
    assert system.store.latest_preview("cam") is None
    assert other.poll() is None
    before = len(system.requests("other"))
    system.wait_for_clips("other", before + 2)
    assert system.status("other").epoch == epoch


def test_a_source_that_is_changed_ends_so_that_it_can_be_started_as_it_is_now(
    system: IngestSystem, moving_video: Path
) -> None:
    system.add("cam", moving_video, loop=True)
    process = system.start("cam")
    system.wait_for_clips("cam", 1)
    system.add("cam", moving_video, loop=True, privacy="clear")
    assert process.wait(5) == 0
    assert system.requests("cam"), "its clips and its account stay"


def test_a_source_that_is_not_registered_is_nothing_to_do(system: IngestSystem) -> None:
    assert system.start("nobody").wait(15) == 0


# -- refused, failed ---------------------------------------------------------------------------------------------


def test_a_missing_file_is_refused_by_name(system: IngestSystem, tmp_path: Path) -> None:
    system.add("cam", tmp_path / "no-such-file.mp4")
    process = system.start("cam")
    status = system.wait_for_state("cam", "refused")
    assert "no-such-file.mp4" in status.reason
    assert "\n" not in status.reason
    assert process.poll() is None, "it is tried again later: the file may appear"


def test_a_camera_that_is_not_there_fails_and_is_tried_again(system: IngestSystem, unused_port: int) -> None:
    system.add("cam", f"rtsp://nurse:s3cret@127.0.0.1:{unused_port}/ward")
    process = system.start("cam", reconnect_min_seconds=0.05, reconnect_max_seconds=0.1)
    status = system.wait_for_state("cam", "failed")
    assert f"127.0.0.1:{unused_port}" in status.reason
    assert process.poll() is None
    assert "s3cret" not in status.encode().decode() + system.log("cam")
    assert "s3cret" not in " ".join(psutil.Process(process.pid).cmdline())


def test_a_picture_of_absurd_shape_is_refused_and_the_process_lives(system: IngestSystem, tmp_path: Path) -> None:
    system.add("cam", write_video(tmp_path / "thin.mp4", num_frames=5, width=2048, height=16))
    process = system.start("cam")
    assert "at most 16 times" in system.wait_for_state("cam", "refused").reason
    assert process.poll() is None


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"VIGIL_BUS_URL": None}, "VIGIL_BUS_URL' is required"),
        ({"VIGIL_FRAMES_URL": "ftp://x"}, "a frame store's address must be shm"),
        ({"VIGIL_INGEST_SETTINGS": '{"stall": 3}'}, "stall Extra inputs are not permitted"),
        ({"VIGIL_INGEST_SETTINGS": '{"stall_after_seconds": "soon"}'}, "stall_after_seconds Input should be"),
    ],
)
def test_a_wrong_environment_is_named_and_ends_the_process(
    tmp_path: Path, environment: dict[str, str | None], message: str
) -> None:
    base = {"VIGIL_BUS_URL": f"unix://{tmp_path}/none", "VIGIL_FRAMES_URL": f"shm://{tmp_path}/frames"}
    merged = {name: value for name, value in {**os.environ, **base, **environment}.items() if value is not None}
    command = [sys.executable, "-m", "stream.ingester", "cam"]
    ended = subprocess.run(command, env=merged, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


# -- the process -------------------------------------------------------------------------------------------------


def test_the_process_ends_with_the_one_that_started_it(system: IngestSystem, moving_video: Path) -> None:
    system.add("cam", moving_video, loop=True)
    script = (
        "import os, subprocess, sys, time\n"
        "os.environ['VIGIL_PARENT'] = str(os.getpid())\n"
        "child = subprocess.Popen([sys.executable, '-m', 'stream.ingester', 'cam'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "VIGIL_BUS_URL": system.url, "VIGIL_FRAMES_URL": system.frames_url}
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    system.wait_for_state("cam", "live")
    parent.kill()
    parent.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5)


def test_its_memory_is_bounded_and_never_dumped(system: IngestSystem, moving_video: Path) -> None:
    system.add("cam", moving_video, loop=True)
    process = system.start("cam", memory_limit_mib=512)
    system.wait_for_state("cam", "live")
    limits = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
    bound = {line[:25].strip(): line[25:].split()[0] for line in limits.splitlines()[1:]}
    assert 512 * 2**20 < int(bound["Max address space"]) < 4 * 2**30
    assert bound["Max core file size"] == "0"


def test_it_stops_at_once_on_sigterm_even_while_it_waits_for_a_camera(
    system: IngestSystem, silent_camera_url: str
) -> None:
    system.add("cam", silent_camera_url)
    process = system.start("cam")
    system.wait_for_state("cam", "connecting")
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - started < 2.5


@pytest.mark.slow
def test_a_decoder_that_hangs_is_reported_and_its_process_ended(system: IngestSystem, moving_video: Path) -> None:
    """Opening the source never comes back, as it may happen inside FFmpeg; only the time it is given is shortened."""
    system.add("cam", moving_video)
    script = (
        "import sys, time\n"
        "from stream import ingester\nfrom stream.ingest import source_thread\n"
        "source_thread.PATIENCE_SECONDS = 0.2\n"
        "ingester.READ_TIMEOUT_SECONDS = 0.5\n"
        "ingester.Ingester._open_reader = lambda self: time.sleep(600)\n"
        "sys.argv = ['ingester', 'cam']\n"
        "code = ingester.main()\n"
        "import os; os._exit(code)\n"
    )
    environment = {"VIGIL_BUS_URL": system.url, "VIGIL_FRAMES_URL": system.frames_url}
    settings = {"VIGIL_INGEST_SETTINGS": '{"open_timeout_seconds": 0.5}'}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment, **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 70
    status = system.status("cam")
    assert status is not None
    assert (status.state, status.reason) == ("failed", "the decoder hung and is started anew")


# -- the bus and the store away ----------------------------------------------------------------------------------


def test_the_bus_may_come_later_than_the_ingester(system: IngestSystem, moving_video: Path) -> None:
    system.add("cam", moving_video, loop=True)
    system.kill_server()
    process = system.start("cam")
    wait_until(lambda: "waiting for the server" in system.log("cam") or process.poll() is not None, 25)
    system.server.start()
    system.wait_for_state("cam", "live")


def test_clips_wait_in_order_while_the_bus_is_away_and_none_is_lost(system: IngestSystem, moving_video: Path) -> None:
    system.add("cam", moving_video, loop=True)
    process = system.start("cam")
    system.wait_for_clips("cam", 3)
    epoch = system.status("cam").epoch
    system.kill_server()
    num_threads = psutil.Process(process.pid).num_threads()
    wait_until(lambda: "the server is away" in system.log("cam"), 5)
    time.sleep(2.0)  # let clips pile up: this is the fault itself, not a way of waiting for a result
    assert psutil.Process(process.pid).num_threads() <= num_threads
    system.server.start()
    before = len(system.requests("cam"))
    system.wait_for_clips("cam", before + 6)
    entries = [(request.epoch, request.clip_index) for request in system.requests("cam")]
    assert entries == [(epoch, index) for index in range(len(entries))], "in order, without holes, in one epoch"
    assert all(account.is_closed for account in system.account.clips())
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    frames = system.frames("cam")
    assert frames.is_closed


def test_a_full_frame_store_costs_frames_and_not_the_ingester(
    system: IngestSystem, moving_video: Path, tmp_path: Path
) -> None:
    """Chunks larger than a file may be stand for a disk that is full; smaller files (previews) still fit."""
    system.add("cam", moving_video, loop=True)
    process = system.start("cam")
    system.wait_for_clips("cam", 1)
    psutil.Process(process.pid).rlimit(psutil.RLIMIT_FSIZE, (40_000, 40_000))
    wait_until(lambda: system.frames("cam").dropped.get("store_full", 0) >= 8, 10)
    assert system.status("cam").state == "live"
    request = system.requests("cam")[-1]
    with pytest.raises(FramesGone, match="not in the frame store any more"):
        [system.store.get_chunk("cam", chunk_id) for chunk_id in request.chunk_ids]
    assert system.frames("cam").is_closed
    indices = [request.clip_index for request in system.requests("cam")]
    assert indices == list(range(len(indices)))
    assert process.poll() is None
