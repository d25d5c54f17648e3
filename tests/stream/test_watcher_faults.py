"""SIGKILL of the real watcher process at seeded random moments, and a disk that refuses writes."""

import random
import resource
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stream.alert_desk import AlertDesk
from stream.alerts.subscriptions import new_webhook_subscription
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import LedgerUnavailable
from stream.messages import Alert, Event
from tests.stream.alerts.ward import Ward, start_watcher_process, whole_feed
from tests.stream.alerts.web_endpoint import Endpoint, running_endpoint
from tests.waiting import wait_until

NUM_KILLS = 6
NUM_BEDS = 4


@pytest.fixture
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    server = EmbeddedServer(tmp_path_factory.mktemp("server"))
    yield Ward(Bus.connect(server.start()))
    server.stop()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as found:
        yield found


class WatcherProcess:
    """The watcher as a process that can be killed and started again."""

    def __init__(self, ward: Ward, ledger_path: Path, url: str) -> None:
        self.url, self.ledger_path = url, ledger_path
        self.desk = AlertDesk(ward.bus)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        self.process = start_watcher_process(self.url, self.ledger_path)
        return self.process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


@pytest.fixture
def watcher(ward: Ward, tmp_path: Path) -> Iterator[WatcherProcess]:
    url = str(ward.bus.client.connection_pool.connection_kwargs["path"])
    password = ward.bus.client.connection_pool.connection_kwargs["password"]
    watcher = WatcherProcess(ward, tmp_path / "ledger", f"unix://{url}?password={password}")
    wait_until(watcher.desk.is_answered, 20.0)
    yield watcher
    watcher.kill()


@pytest.mark.slow
def test_nothing_is_missed_or_raised_twice_when_the_watcher_is_killed(
    ward: Ward, watcher: WatcherProcess, endpoint: Endpoint
) -> None:
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    watcher.desk.subscribe(new_webhook_subscription(name="ward", url=endpoint.url))
    recovery_seconds = []
    num_events = 0
    for _ in range(NUM_KILLS):
        kill_at = time.monotonic() + chance.uniform(0.2, 1.5)
        while time.monotonic() < kill_at:  # work is under way when the blow falls
            num_events += _some_events(ward, chance)
        watcher.kill()
        num_events += _some_events(ward, chance)
        ward.score("marker", "into_bed")
        num_received, killed_at = len(endpoint.received), time.monotonic()
        watcher.start()
        wait_until(lambda before=num_received: len(endpoint.received) > before, 20.0)
        recovery_seconds.append(time.monotonic() - killed_at)
        ward.score("marker", "none")
        num_events += 1
    wait_until(lambda: _num_over(watcher.desk) == num_events, 20.0)
    wait_until(lambda: all(row.status == "delivered" for row in watcher.desk.deliveries(1000)), 20.0)

    told = [message for _, message in whole_feed(watcher.desk)]
    owed = Counter((alert.alert_id, alert.revision) for alert in told if isinstance(alert, Alert))
    ended = Counter(event.event_id for event in told if isinstance(event, Event) and event.end_seconds is not None)
    raised = {(alert.alert_id, alert.episode_id) for alert in told if isinstance(alert, Alert)}
    received = Counter(endpoint.ids())
    lost = (num_events - len(ended)) + (num_events - len(raised)) + (len(owed) - len(received))
    doubled = sum(owed.values()) - len(owed) + sum(ended.values()) - len(ended)
    print(
        f"seed={seed} kills={NUM_KILLS} events={num_events} episodes={len(raised)} messages={len(owed)} lost={lost} "
        f"duplicated={doubled} sent_again={sum(received.values()) - len(received)} "
        f"recovery_seconds={[round(seconds, 2) for seconds in recovery_seconds]}"
    )
    assert (lost, doubled) == (0, 0), f"seed {seed}"
    assert max(recovery_seconds) < 15.0


@pytest.mark.slow
def test_watcher_whose_disk_refuses_writes_says_so_sends_nothing_and_goes_on_by_itself(
    ward: Ward, watcher: WatcherProcess, endpoint: Endpoint
) -> None:
    watcher.desk.subscribe(new_webhook_subscription(name="ward", url=endpoint.url))
    ward.score("bed1", "out_of_bed")
    wait_until(lambda: len(endpoint.received) == 1)
    wait_until(watcher.desk.current)
    (alert,) = watcher.desk.current()

    process = psutil.Process(watcher.process.pid)
    process.rlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # every write fails, as on a full disk
    ward.score("bed1", "none")
    ward.event("bed2", "out_of_bed")
    wait_until(lambda: "ledger" in _problem(watcher.desk), 10.0)
    with pytest.raises(LedgerUnavailable, match=r"'acknowledge' was not done: the ledger .* must be writable"):
        watcher.desk.acknowledge(alert.alert_id, "nurse")
    assert len(endpoint.received) == 1
    assert [found.state for found in watcher.desk.current()] == ["active"]

    process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: len(set(endpoint.ids())) == 4, 10.0)
    wait_until(lambda: _problem(watcher.desk) == "")
    assert watcher.desk.acknowledge(alert.alert_id, "nurse").state == "resolved"
    assert watcher.stop() == 0


def _some_events(ward: Ward, chance: random.Random) -> int:
    ward.event(f"bed{chance.randrange(NUM_BEDS)}", chance.choice(["out_of_bed", "into_chair"]))
    time.sleep(0.01)
    return 1


def _num_over(desk: AlertDesk) -> int:
    return sum(isinstance(message, Event) and message.end_seconds is not None for _, message in whole_feed(desk))


def _problem(desk: AlertDesk) -> str:
    status = desk.watcher()
    return status.problem if status else ""
