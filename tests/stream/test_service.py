import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.service import LONGEST_PAUSE_SECONDS, Service, Supervisor
from tests.waiting import wait_until

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "from signal import *; import time; signal(SIGTERM, SIG_IGN); print('ready', flush=True); time.sleep(60)",
)

TALKER = (
    sys.executable,
    "-c",
    "from signal import *; import sys, time; pthread_sigmask(SIG_BLOCK, [SIGUSR1]); "
    "print('x' * int(sys.argv[1]), end='', flush=True); sigwait([SIGUSR1]); print('later', flush=True); time.sleep(60)",
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(clock: Clock) -> Iterator[Supervisor]:
    supervisor = Supervisor(clock)
    yield supervisor
    supervisor.stop(timeout_seconds=0.0)


def test_a_killed_child_is_started_again_after_a_pause(supervisor: Supervisor, clock: Clock) -> None:
    supervisor.want([Service("sleeper", SLEEP)])
    first = supervisor.process_ids()["sleeper"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not supervisor.process_ids())
    supervisor.poll()
    assert not supervisor.process_ids()
    clock.now += 0.5
    supervisor.poll()
    assert supervisor.process_ids()["sleeper"] != first


def test_the_pause_grows_to_its_limit_while_a_child_keeps_failing(supervisor: Supervisor, clock: Clock) -> None:
    supervisor.want([Service("failing", (sys.executable, "-c", "raise SystemExit(1)"))])
    starts = []
    for _ in range(9):
        wait_until(lambda: not supervisor.process_ids())
        supervisor.poll()
        waited = 0.0
        while not supervisor.process_ids():
            waited += 0.1
            clock.now += 0.1
            supervisor.poll()
        starts.append(waited)
    assert starts == sorted(starts)
    assert starts[-1] == pytest.approx(LONGEST_PAUSE_SECONDS, abs=0.2)


def test_a_child_that_has_done_its_work_is_left_alone(supervisor: Supervisor, clock: Clock) -> None:
    supervisor.want([Service("short", (sys.executable, "-c", "pass"), restart="on_failure")])
    wait_until(lambda: not supervisor.process_ids())
    clock.now += 100
    supervisor.poll()
    supervisor.poll()
    assert not supervisor.process_ids()


def test_what_is_no_longer_wanted_stops_and_touches_no_other(supervisor: Supervisor) -> None:
    supervisor.want([Service("one", SLEEP), Service("two", SLEEP)])
    before = supervisor.process_ids()
    supervisor.want([Service("one", SLEEP), Service("three", SLEEP)])
    after = supervisor.process_ids()
    assert set(after) == {"one", "three"}
    assert after["one"] == before["one"]


def test_a_changed_service_is_started_anew(supervisor: Supervisor) -> None:
    supervisor.want([Service("one", SLEEP)])
    before = supervisor.process_ids()
    supervisor.want([Service("one", (*SLEEP, "changed"))])
    assert supervisor.process_ids()["one"] != before["one"]


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    supervisor = Supervisor()
    supervisor.want([Service("stubborn", STUBBORN, log_path=log)])
    process_id = supervisor.process_ids()["stubborn"]
    wait_until(lambda: log.read_text() == "ready\n")
    supervisor.stop(timeout_seconds=0.2)
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(process_id, 0)


def test_a_child_that_died_is_reported_with_its_last_words(
    tmp_path: Path, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    failing = (sys.executable, "-c", "print('starting'); raise SystemExit('the port is taken')")
    supervisor.want([Service("failing", failing, log_path=tmp_path / "failing.log")])
    wait_until(lambda: not supervisor.process_ids())
    supervisor.poll()
    assert "its last words: the port is taken" in caplog.text


def test_the_log_of_a_child_that_goes_on_running_makes_room(tmp_path: Path, supervisor: Supervisor) -> None:
    log, talking = tmp_path / "talker.log", 17 * 2**20
    supervisor.want([Service("talker", (*TALKER, str(talking)), log_path=log)])
    wait_until(lambda: log.stat().st_size == talking)
    supervisor.poll()
    assert (log.stat().st_size, log.with_suffix(".old").stat().st_size) == (0, talking)
    os.kill(supervisor.process_ids()["talker"], signal.SIGUSR1)
    wait_until(lambda: log.read_bytes() == b"later\n")


def test_a_log_that_cannot_be_written_keeps_no_child_from_running(tmp_path: Path, supervisor: Supervisor) -> None:
    (tmp_path / "file").write_text("no folder")
    supervisor.want([Service("sleeper", SLEEP, log_path=tmp_path / "file" / "sleeper.log")])
    assert "sleeper" in supervisor.process_ids()


def test_a_program_that_is_missing_is_tried_again_and_stops_nobody_else(supervisor: Supervisor, clock: Clock) -> None:
    supervisor.want([Service("missing", ("/no/such/program",)), Service("sleeper", SLEEP)])
    assert set(supervisor.process_ids()) == {"sleeper"}
    clock.now += LONGEST_PAUSE_SECONDS
    supervisor.poll()
    assert set(supervisor.process_ids()) == {"sleeper"}
