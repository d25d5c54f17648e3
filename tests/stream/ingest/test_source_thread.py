"""The reading thread: whatever opening or reading a source does, it goes on trying."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.predictor import ClipSpec
from stream.errors import SourceLost, SourceRefused
from stream.frames.files import FileFrameStore
from stream.ingest.backoff import BackOff
from stream.ingest.clip_producer import ClipProducer
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.preview import PreviewMaker
from stream.ingest.source_health import SourceHealth
from stream.ingest.source_thread import SourceThread
from stream.messages import InferenceRequest
from stream.source_registry import StoredSource
from stream.sources.live_playback import LivePlayback
from stream.sources.opening import open_source
from stream.sources.reader import FrameReader
from tests.waiting import wait_until


class Run:
    """A reading thread with its health and what it produced."""

    def __init__(self, directory: Path, open_reader: Callable[[], FrameReader]) -> None:
        self.stop = threading.Event()
        self.counts = FrameCounts()
        self.health = SourceHealth("cam", stall_after_seconds=3.0)
        self.requests: list[InferenceRequest] = []
        self.num_epochs = 0
        source = StoredSource("cam", "/a.mp4", {"motion": ClipSpec(8, 10.0, 0.4, 12)})
        producer = ClipProducer(
            source,
            FileFrameStore(directory / "frames"),
            counts=self.counts,
            previews=PreviewMaker(privacy="pixelated", rate_hz=8, height=32),
            start_epoch=self._start_epoch,
            send=self.requests.append,
            record_gap=lambda gap: None,
        )
        self.thread = SourceThread(
            open_reader,
            producer=producer,
            health=self.health,
            counts=self.counts,
            back_off=BackOff(0.01, 0.02, random=random.Random(1)),
            longest_silence_seconds=5,
            stop=self.stop,
        )

    def _start_epoch(self) -> int:
        self.num_epochs += 1
        return self.num_epochs


@contextmanager
def running(directory: Path, open_reader: Callable[[], FrameReader]) -> Iterator[Run]:
    run = Run(directory, open_reader)
    run.thread.start()
    yield run
    run.stop.set()
    run.thread.join(10)
    assert not run.thread.is_alive()


@pytest.mark.parametrize(
    "failure",
    [
        SourceLost("nobody listens"),
        IndexError("list index out of range"),
        MemoryError(),
        UnicodeDecodeError("u", b"", 0, 1, "x"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_source_that_cannot_be_read_is_tried_until_it_can(
    tmp_path: Path, moving_video: Path, failure: Exception
) -> None:
    tries = []

    def open_reader() -> FrameReader:
        tries.append(1)
        if len(tries) < 4:
            raise failure
        return open_source(str(moving_video))

    with running(tmp_path, open_reader) as run:
        wait_until(lambda: run.health.state == "ended", 10)
    assert len(tries) == 4
    assert run.counts.take().decoded == 60
    assert len(run.requests) == 5


def test_a_refused_source_is_not_tried_again_soon(tmp_path: Path) -> None:
    tries = []

    def open_reader() -> FrameReader:
        tries.append(1)
        raise SourceRefused("/a.mp4: not a video")

    with running(tmp_path, open_reader) as run:
        wait_until(lambda: run.health.state == "refused", 5)
        assert run.health.status().reason == "/a.mp4: not a video"
    assert len(tries) == 1


def test_frames_that_the_reader_left_out_are_counted_as_behind(tmp_path: Path, moving_video: Path) -> None:
    """A recording played against a clock that runs much faster than it can be decoded."""
    time_goes_by = itertools.count(step=0.5)

    def open_reader() -> FrameReader:
        return LivePlayback(
            lambda: open_source(str(moving_video)), loop=False, clock=lambda: next(time_goes_by), wait=lambda _: None
        )

    with running(tmp_path, open_reader) as run:
        wait_until(lambda: run.health.state == "ended", 10)
    tally = run.counts.take()
    assert tally.dropped["behind"] > 10
    assert tally.decoded == 60


def test_a_reason_has_no_more_than_one_line(tmp_path: Path) -> None:
    def open_reader() -> FrameReader:
        raise ValueError("first line\nsecond line")

    with running(tmp_path, open_reader) as run:
        wait_until(lambda: run.health.state == "failed", 5)
        assert run.health.status().reason == "reading failed: ValueError: first line second line"
