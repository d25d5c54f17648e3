"""Tests of the desk with a real server and a real process that reads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stream.bus import Bus
from stream.jobs.job import Job, JobStatus
from stream.jobs.job_desk import JobDesk
from stream.jobs.job_queue import JobQueue
from tests.stream.jobs.made_jobs import READER, job
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("embedded_url", ["valkey"], indirect=True)
MAX_DELIVERIES = 3


@contextmanager
def running_desk(bus: Bus, *, worker_id: str = "w1") -> Iterator[JobDesk]:
    desk = JobDesk(bus, READER, worker_id=worker_id, lease_seconds=1.0, max_deliveries=MAX_DELIVERIES)
    desk.start()
    try:
        yield desk
    finally:
        desk.stop()


@pytest.fixture
def queue(bus: Bus) -> JobQueue:
    return JobQueue(bus)


@pytest.fixture
def submitted(queue: JobQueue, tmp_path: Path) -> Callable[[str], Job]:
    def submit(location: str) -> Job:
        one = job(location, folder=str(tmp_path))
        queue.submit([one])
        return one

    return submit


def status_of(queue: JobQueue, one: Job) -> JobStatus:
    status = queue.status(one.job_id)
    assert status
    return status


def wait_for(queue: JobQueue, one: Job, state: str) -> JobStatus:
    wait_until(lambda: status_of(queue, one).state == state, 60.0, what=lambda: f"{state}: {status_of(queue, one)}")
    return status_of(queue, one)


def log_of(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def test_a_job_is_read_and_its_results_are_named(bus: Bus, queue: JobQueue, submitted: Callable[[str], Job]) -> None:
    one = submitted("steps:2:0")
    with running_desk(bus):
        status = wait_for(queue, one, "done")
    assert (status.outputs, status.num_objects, status.worker_id, status.deliveries) == (("scan.jsonl",), 3, "w1", 1)


def test_a_refused_job_is_not_tried_again(
    bus: Bus, queue: JobQueue, submitted: Callable[[str], Job], tmp_path: Path
) -> None:
    one = submitted("refuse")
    with running_desk(bus):
        assert wait_for(queue, one, "refused").reason == "it is a film"
    assert len(log_of(tmp_path)) == 2


@pytest.mark.parametrize(
    ("location", "reason"), [("fail", "no luck"), ("crash", "the process that reads ended with signal SIGKILL")]
)
def test_a_job_that_fails_is_given_up_after_three_deliveries_and_others_go_on(
    location: str, reason: str, bus: Bus, queue: JobQueue, submitted: Callable[[str], Job], tmp_path: Path
) -> None:
    bad, good = submitted(location), submitted("steps:1:0")
    with running_desk(bus):
        status = wait_for(queue, bad, "dead")
        wait_for(queue, good, "done")
    assert (status.reason.startswith(reason), status.deliveries) == (True, MAX_DELIVERIES)
    assert sum(line.startswith("begin") for line in log_of(tmp_path)) == MAX_DELIVERIES + 1


def test_a_job_is_cancelled_while_it_is_read(bus: Bus, queue: JobQueue, submitted: Callable[[str], Job]) -> None:
    one = submitted("steps:1000:0.05")
    with running_desk(bus):
        wait_until(lambda: status_of(queue, one).num_done > 1, 60.0)
        assert queue.cancel(one.job_id) == "asked"
        assert wait_for(queue, one, "cancelled").reason == "cancelled while it was read"


def test_reading_halts_while_live_clips_are_scored_and_goes_on_afterwards(
    bus: Bus, queue: JobQueue, submitted: Callable[[str], Job]
) -> None:
    one = submitted("steps:40:0.02")
    with running_desk(bus) as desk:
        wait_until(lambda: status_of(queue, one).num_done > 1, 60.0)
        desk.pause()
        (reader,) = (child for child in psutil.Process().children() if "small_reader" in " ".join(child.cmdline()))
        wait_until(lambda: reader.status() == psutil.STATUS_STOPPED)
        assert reader.nice() == 5
        group = Path(f"/proc/{reader.pid}/autogroup")
        assert not group.exists() or group.read_text().strip().endswith("nice 5")
        desk.resume()
        wait_for(queue, one, "done")


def test_a_desk_that_stops_leaves_its_job_to_another_at_once(
    bus: Bus, queue: JobQueue, submitted: Callable[[str], Job], tmp_path: Path
) -> None:
    one = submitted("steps:20:0.05")
    with running_desk(bus, worker_id="w1"):
        wait_until(lambda: status_of(queue, one).num_done > 1, 60.0)
    assert status_of(queue, one).state == "queued"
    with running_desk(bus, worker_id="w2"):
        status = wait_for(queue, one, "done")
    assert (status.worker_id, status.deliveries) == ("w2", 1)
    assert [line.split()[0] for line in log_of(tmp_path)] == ["begin", "begin", "end"]
