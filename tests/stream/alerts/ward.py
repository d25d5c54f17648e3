"""A ward that stands in for ingesters and workers, and the real watcher beside it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.predictor import EventSpec
from models.results import Classification, result_to_json
from stream.alert_desk import AlertDesk
from stream.alerts.rules import load_rules
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.keys import RESULTS, SOURCE_STATUS
from stream.messages import Alert, Event, InferenceResult, SourceState, SourceStatus
from stream.queue.status_board import StatusBoard
from stream.settings import WatchSettings
from stream.watcher import run_watcher
from tests.stream.service_thread import service_thread

MODEL = "bedside_i3d"
LABELS = ("none", "into_bed", "out_of_bed", "into_chair", "out_of_chair")
SPEC = EventSpec(LABELS[1:], enter_score=0.6, leave_score=0.4)
PROJECT = Path(__file__).parents[3]


def make_result(
    source_id: str, index: int, label: str, score: float = 0.9, *, epoch: int = 1, at: float = 1000.0
) -> InferenceResult:
    """Return what a model says of a clip of two seconds, half a second after the one before."""
    scores = {"none": 1 - score, label: score} if label != "none" else {"none": 1.0}
    classification = Classification(LABELS, tuple(scores.get(name, 0.0) for name in LABELS))
    start = index / 2
    return InferenceResult(
        *(source_id, MODEL, epoch, index, result_to_json(classification)),
        *(start, start + 2, at, at, at, "worker"),
    )


@dataclass
class Ward:
    """Sources whose scores and states a test decides."""

    bus: Bus
    next_index: dict[str, int] = field(default_factory=dict)
    states: dict[str, tuple[SourceState, str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    epoch: int = 1
    clip_seconds: dict[str, float] = field(default_factory=dict)

    def score(self, source_id: str, label: str, score: float = 0.9) -> InferenceResult:
        """Publish the result of the next clip, half a second after the last one."""
        index = self.next_index.get(source_id, 0)
        self.next_index[source_id] = index + 1
        result = make_result(source_id, index, label, score, epoch=self.epoch, at=time.time())
        self.bus.client.xadd(RESULTS, {"record": result.encode()})
        return result

    def event(self, source_id: str, label: str) -> None:
        """Publish clips that make one event."""
        for name in (label, label, "none"):
            self.score(source_id, name)

    def report(self) -> None:
        """Report every source that is not silent."""
        for source_id, (state, reason) in list(self.states.items()):  # the test changes them meanwhile
            if source_id not in self.silent:
                now = time.time()
                status = SourceStatus(
                    *(source_id, state, reason),
                    last_frame_at=now,
                    changed_at=now,
                    reported_at=now,
                    clip_seconds=self.clip_seconds,
                )
                StatusBoard(self.bus).report_source(status)

    def remove(self, source_id: str) -> None:
        del self.states[source_id]
        self.bus.client.hdel(SOURCE_STATUS, source_id)


@contextmanager
def reporting(ward: Ward) -> Iterator[None]:
    """Report the sources of a ward three times a second."""

    def run(stop: threading.Event) -> None:
        while not stop.wait(0.3):
            with suppress(BrokerUnavailable):
                ward.report()

    with service_thread(run):
        yield


@contextmanager
def watching(bus: Bus, ledger_path: Path, rules: Sequence[Any] = (), **settings: Any) -> Iterator[None]:
    """Run the watcher in a thread."""
    with service_thread(
        run_watcher,
        bus,
        ledger_path=ledger_path,
        rules=load_rules(tuple(rules)),
        settings=WatchSettings(**settings),
        event_specs={MODEL: SPEC},
    ):
        yield


def whole_feed(desk: AlertDesk) -> list[tuple[str, Event | Alert]]:
    """Return every change that is kept."""
    found: list[tuple[str, Event | Alert]] = []
    while page := desk.follow(found[-1][0] if found else None, 0.0):
        found += page
    return found


def start_watcher_process(bus_url: str, ledger_path: Path) -> subprocess.Popen[bytes]:
    """Start the watcher as a process of its own."""
    command = [sys.executable, "-m", "tests.stream.alerts.watcher_process", bus_url, str(ledger_path)]
    return subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)
