"""The clip producer: epochs, gaps, and a bus that will not give an epoch its number."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from models.predictor import ClipSpec
from stream.errors import BrokerUnavailable
from stream.frames.files import FileFrameStore
from stream.ingest.clip_producer import ClipProducer, LastSeen
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.preview import PreviewMaker
from stream.messages import InferenceRequest
from stream.queue.account import Gap
from stream.source_registry import StoredSource
from stream.sources.frame import DecodedFrame, RgbPicture

SOURCE = StoredSource("cam", "/a.mp4", {"motion": ClipSpec(8, 10.0, 0.4, 12)})
WALL = 1_700_000_000.0


@dataclass
class Stage:
    """A producer with all that comes out of it."""

    directory: Path
    last_seen: LastSeen | None = None
    now: float = 0.0
    is_bus_away: bool = False
    num_epochs: int = 0
    num_tries: int = 0
    requests: list[InferenceRequest] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    counts: FrameCounts = field(default_factory=FrameCounts)

    def __post_init__(self) -> None:
        self.store = FileFrameStore(self.directory)
        self.producer = ClipProducer(
            SOURCE,
            self.store,
            counts=self.counts,
            previews=PreviewMaker(privacy="pixelated", rate_hz=8, height=32),
            start_epoch=self._start_epoch,
            send=self.requests.append,
            record_gap=self.gaps.append,
            last_seen=self.last_seen,
            clock=lambda: self.now,
            wall_clock=lambda: WALL + self.now,
        )

    def play(self, num_frames: int, *, start_seconds: float, pts_offset: float = 0.0, width: int = 16) -> None:
        for index in range(num_frames):
            self.now = start_seconds + index / 10
            picture = RgbPicture(np.full((12, width, 3), index, np.uint8))
            self.producer.take(DecodedFrame(self.now + pts_offset, WALL + self.now, width, 12, picture))

    def _start_epoch(self) -> int:
        self.num_tries += 1
        if self.is_bus_away:
            raise BrokerUnavailable("the server must answer; connection refused")
        self.num_epochs += 1
        return 100 + self.num_epochs


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_the_first_epoch_of_a_source_follows_no_gap(stage: Stage) -> None:
    stage.play(8, start_seconds=0)
    assert (stage.producer.epoch, stage.gaps) == (101, [])
    assert [request.entry_id for request in stage.requests] == ["101-0"]


def test_a_source_that_did_not_come_at_once_declares_the_gap_since_the_start(stage: Stage) -> None:
    stage.producer.interrupt("nobody listens there")
    stage.producer.interrupt("no route to the camera")
    stage.play(8, start_seconds=90)
    assert stage.gaps == [Gap("cam", 101, WALL, WALL + 90, "nobody listens there")]


def test_the_first_epoch_of_a_process_declares_the_gap_since_the_one_before(tmp_path: Path) -> None:
    stage = Stage(tmp_path, last_seen=LastSeen(WALL - 42, "the ingester was started anew"))
    stage.play(1, start_seconds=0)
    assert stage.gaps == [Gap("cam", 101, WALL - 42, WALL, "the ingester was started anew")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"pts_offset": 3600.0}, "the timestamps jumped by"), ({"width": 20}, "the picture changed from 16x12 to 20x12")],
)
def test_a_discontinuity_begins_an_epoch_and_declares_a_gap(
    stage: Stage, change: dict[str, float], reason: str
) -> None:
    stage.play(10, start_seconds=0)
    stage.play(10, start_seconds=1, **change)  # type: ignore[arg-type]
    (gap,) = stage.gaps
    assert (gap.epoch, gap.from_at, gap.to_at) == (102, pytest.approx(WALL + 0.9), pytest.approx(WALL + 1.0))
    assert gap.reason.startswith(reason)
    assert [request.entry_id for request in stage.requests] == ["101-0", "102-0"]


def test_an_interruption_hands_over_what_was_open_before_the_source_is_back(stage: Stage) -> None:
    stage.play(6, start_seconds=0)
    stage.producer.interrupt("the camera went away")
    tally = stage.counts.take()
    assert (tally.decoded, tally.published) == (6, 6)
    stage.play(8, start_seconds=30)
    assert stage.gaps == [Gap("cam", 102, pytest.approx(WALL + 0.5), WALL + 30, "the camera went away")]
    assert [request.entry_id for request in stage.requests] == ["102-0"]


def test_only_the_first_of_several_reasons_counts(stage: Stage) -> None:
    stage.play(1, start_seconds=0)
    stage.producer.interrupt("the camera went away")
    stage.producer.interrupt("nobody listens there")
    stage.play(1, start_seconds=5)
    assert [gap.reason for gap in stage.gaps] == ["the camera went away"]


def test_frames_are_dropped_and_counted_until_the_bus_gives_the_epoch_a_number(stage: Stage) -> None:
    stage.is_bus_away = True
    stage.play(35, start_seconds=0)
    assert stage.counts.take().dropped == {"bus_down": 35}
    assert stage.num_tries == 4, "once a second, not for every frame"
    assert stage.store.latest_preview("cam") is not None, "the wall still sees the source"
    stage.is_bus_away = False
    stage.play(20, start_seconds=3.5)
    assert [request.entry_id for request in stage.requests] == ["101-0", "101-1"]
    stage.producer.interrupt("end")
    tally = stage.counts.take()
    assert tally.decoded == 20
    assert tally.published == 20 - tally.dropped["bus_down"]


def test_no_frame_is_added_to_an_old_epoch_while_the_next_has_no_number(stage: Stage) -> None:
    stage.play(4, start_seconds=0)
    stage.is_bus_away = True
    stage.play(5, start_seconds=100)
    stage.is_bus_away = False
    stage.play(20, start_seconds=101)
    assert {frame_id >> 32 for request in stage.requests for frame_id in request.frame_ids} == {102}
    assert (stage.gaps[0].from_at, stage.gaps[0].to_at) == (pytest.approx(WALL + 0.3), pytest.approx(WALL + 101))


def test_a_source_that_ends_early_gives_one_padded_clip(stage: Stage) -> None:
    stage.play(3, start_seconds=0)
    stage.producer.finish()
    (request,) = stage.requests
    assert len(set(request.frame_ids)) == 3
    assert request.frame_ids[3:] == (request.frame_ids[2],) * 5
    chunks = [stage.store.get_chunk("cam", chunk_id) for chunk_id in request.chunk_ids]
    assert [chunks[chunk][index][0, 0, 0] for chunk, index in request.frame_refs] == [0, 1, 2, 2, 2, 2, 2, 2]
