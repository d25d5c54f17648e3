"""How much a CT that is read beside live cameras delays them: a whole Vigil, with and without, by turns."""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from app.bench.comparison import BenchFailed
from app.bench.footage import write_footage
from models.benchmarks.bench_weights import BENCH_SEGMENTER, write_bench_segmenter
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.jobs.job import Job
from stream.jobs.job_queue import JobQueue
from stream.queue.account import Account
from stream.queue.result_feed import ResultFeed

GOAL = 1.2
"""Times longer that the 95th percentile of the latency of live clips may be while a CT is read."""
FOOTAGE_SECONDS = 20.0
CT_SHAPE = (700, 512, 512)
_LIVE_MODEL = "bedside_i3d"
_PATIENCE_SECONDS = 300.0
_STEADY_CLIPS = 20
"""Scored before anything is measured: by then every part is warm."""


@dataclass(frozen=True)
class LiveFigures:
    """How live clips fared, over all turns of one kind."""

    num_clips: int
    p50_ms: float
    """From the capture of a clip's last frame to its result."""
    p95_ms: float
    dropped: dict[str, int]
    """By reason."""


@dataclass(frozen=True)
class JobsBench:
    """The outcome of `vigil bench jobs`."""

    ratio: float
    """Of the 95th percentiles, with a CT and without."""
    goal: float
    num_sources: int
    seconds: float
    repeats: int
    ct: str
    alone: LiveFigures
    with_ct: LiveFigures
    windows_per_second: float
    """Of the CT, while live clips were scored."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_jobs_bench(
    *, num_sources: int, seconds: float, repeats: int, threads: int, say: Callable[[str], None]
) -> JobsBench:
    """Run Vigil over looped 720p videos, and measure its live clips without and with a CT being read, by turns.

    Args:
        num_sources: Cameras, each watched by the shipped bedside model.
        seconds: Length of each turn.
        repeats: Turns of each kind.
        threads: Threads of the CPU for the models; 0: all cores.
        say: Told what is being done.

    Raises:
        BenchFailed: clips or windows did not come.
    """
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        folder = Path(name)
        say(f"making {FOOTAGE_SECONDS:g} s of video, and a CT of {' x '.join(map(str, CT_SHAPE))}")
        write_footage(folder / "ward.mp4", duration_seconds=FOOTAGE_SECONDS)
        write_ct(folder)
        write_bench_segmenter(folder / "models")
        with _running(folder, num_sources=num_sources, threads=threads) as bus:
            turns = _Turns(bus, folder, seconds=seconds, say=say)
            turns.warm_up()
            for index in range(repeats):
                say(f"measuring {num_sources} cameras without and with a CT ({index + 1} of {repeats})")
                turns.alone()
                turns.with_ct()
    alone, with_ct = turns.figures(turns.latencies_alone, 0), turns.figures(turns.latencies_with_ct, 1)
    return JobsBench(
        ratio=with_ct.p95_ms / alone.p95_ms,
        goal=GOAL,
        num_sources=num_sources,
        seconds=seconds,
        repeats=repeats,
        ct=" x ".join(map(str, CT_SHAPE)),
        alone=alone,
        with_ct=with_ct,
        windows_per_second=turns.num_windows / (repeats * seconds),
    )


def write_ct(folder: Path) -> Path:
    """Write a CT of zeros and return its header; the file is sparse, and its voxels cost as much as any others."""
    depth, height, width = CT_SHAPE
    lines = (
        "ObjectType = Image",
        "NDims = 3",
        f"DimSize = {width} {height} {depth}",
        "ElementSpacing = 0.7 0.7 1.0",
        "ElementType = MET_SHORT",
        "ElementDataFile = ct.raw",
    )
    header = folder / "ct.mhd"
    header.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (folder / "ct.raw").open("wb") as file:
        file.truncate(2 * depth * height * width)
    return header


class _Turns:
    def __init__(self, bus: Bus, folder: Path, *, seconds: float, say: Callable[[str], None]) -> None:
        self._bus, self._folder, self._seconds, self._say = bus, folder, seconds, say
        self._feed, self._queue = ResultFeed(bus), JobQueue(bus)
        self.latencies_alone: list[float] = []
        self.latencies_with_ct: list[float] = []
        self.dropped = (Counter[str](), Counter[str]())
        self.num_windows = 0

    def warm_up(self) -> None:
        self._say("waiting until everything is warm")
        _wait(lambda: len(self._feed.recent(_STEADY_CLIPS)) == _STEADY_CLIPS, "live clips")
        job = self._submit()  # the reading process loads its libraries once
        _wait(lambda: self._num_done(job) > 0, "windows of the CT")
        self._cancel(job)

    def alone(self) -> None:
        self.latencies_alone += self._watch(self.dropped[0])

    def with_ct(self) -> None:
        job = self._submit()
        _wait(lambda: self._num_done(job) > 0, "windows of the CT")
        before = self._num_done(job)
        self.latencies_with_ct += self._watch(self.dropped[1])
        self.num_windows += self._num_done(job) - before
        self._cancel(job)

    def figures(self, latencies: Sequence[float], kind: int) -> LiveFigures:
        p50, p95 = np.percentile(latencies, (50, 95)) * 1000
        return LiveFigures(len(latencies), float(p50), float(p95), dict(self.dropped[kind]))

    def _watch(self, dropped: Counter[str]) -> list[float]:
        """Return the latencies of what is finished from now on, and count what is dropped meanwhile."""
        position, before, latencies = self._feed.newest_id(), self._dropped(), []
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            for entry_id, result in self._feed.read(position, block_seconds=0.2):
                latencies.append(result.finished_at - result.captured_at)
                position = entry_id
        dropped.update(self._dropped() - before)
        if not latencies:
            raise BenchFailed(f"no live clip was scored in {self._seconds:g} s; look at fewer sources")
        return latencies

    def _dropped(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for row in Account(self._bus).clips():
            total.update(row.dropped)
        return total

    def _submit(self) -> Job:
        now = time.time()
        location, results = str(self._folder / "ct.mhd"), str(self._folder / "results")
        job = Job(f"{time.monotonic_ns()}", BENCH_SEGMENTER, location, results, "ct", now)
        self._queue.submit([job])
        return job

    def _num_done(self, job: Job) -> int:
        status = self._queue.status(job.job_id)
        if status and status.has_ended:
            raise BenchFailed(f"the CT ended before it was measured: {status.state} {status.reason}; use fewer seconds")
        return status.num_done if status else 0

    def _cancel(self, job: Job) -> None:
        self._queue.cancel(job.job_id)
        _wait(lambda: (status := self._queue.status(job.job_id)) is None or status.has_ended, "the end of the CT")


@contextmanager
def _running(folder: Path, *, num_sources: int, threads: int) -> Iterator[Bus]:
    sources = [
        {"id": f"bed{index + 1}", "url": str(folder / "ward.mp4"), "models": [_LIVE_MODEL], "loop": True}
        for index in range(num_sources)
    ]
    values = {
        "state_directory": str(folder / "state"),
        "dashboard": {"port": 0},
        "worker": {"threads": threads},
        "sources": sources,
    }
    config = folder / "vigil.yaml"
    config.write_text(yaml.safe_dump(values), encoding="utf-8")
    environment = {**os.environ, "VIGIL_MODELS_DIR": str(folder / "models")}
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(
            (sys.executable, "-m", "app.cli", "up", "--config", str(config)), env=environment, stdout=log, stderr=log
        )
    try:
        address = folder / "state/server/server.url"
        _wait(address.exists, "the server")
        yield Bus.connect(address.read_text(encoding="utf-8").strip())
    finally:
        process.terminate()
        process.wait(30)


def _wait(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if condition():
                return
        except BrokerUnavailable:  # it is starting
            pass
        time.sleep(0.1)
    raise BenchFailed(f"waited {_PATIENCE_SECONDS:g} s for {what} in vain")
