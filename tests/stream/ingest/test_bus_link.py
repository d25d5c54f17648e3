"""What an ingester says to the bus survives an outage: in order, counted, and said once."""

import os
import signal
import time

import pytest

from models.predictor import ClipSpec
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.ingest.bus_link import BusLink
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.request_outbox import MAX_PENDING
from stream.messages import InferenceRequest, SourceStatus
from stream.queue.account import Account, Gap
from stream.queue.status_board import StatusBoard
from stream.source_registry import SourceRegistry, StoredSource

SOURCE = StoredSource("cam", "/a.mp4", {"motion": ClipSpec(8, 10.0, 0.4, 12)})
LIVE = SourceStatus("cam", "live", epoch=5, last_frame_at=1e9, reported_at=1e9)


def clip(index: int) -> InferenceRequest:
    return InferenceRequest("cam", "motion", 5, index, ("5-0",), ((0, 0),), (1,), (0.0,), 1e9, 1e9, 1e10)


@pytest.fixture
def counts() -> FrameCounts:
    return FrameCounts()


def link_to(server: EmbeddedServer, counts: FrameCounts) -> tuple[BusLink, Bus]:
    bus = Bus.connect(server.start(), socket_timeout_seconds=0.5)
    SourceRegistry(bus).add(SOURCE)
    return BusLink(SOURCE, bus, counts=counts, max_backlog_clips=10_000), bus


def wait_for_end(server: EmbeddedServer) -> None:
    """A killed process takes a moment to end; until then its server counts as running and is not started again."""
    deadline = time.monotonic() + 10.0
    while server.is_running:
        assert time.monotonic() < deadline, "the killed server must end"
        time.sleep(0.01)


def test_the_account_closes_over_an_outage_longer_than_the_link_can_hold(
    own_server: EmbeddedServer, counts: FrameCounts, caplog: pytest.LogCaptureFixture
) -> None:
    link, bus = link_to(own_server, counts)
    caplog.set_level("INFO")
    link.send(clip(0))
    assert link.talk(LIVE)
    os.kill(own_server.process_id, signal.SIGKILL)
    for index in range(1, MAX_PENDING + 51):
        link.send(clip(index))
    counts.publish(40)
    counts.drop({"not_sampled": 2})
    link.record_gap(Gap("cam", 5, 1.0, 2.0, "the camera went away"))
    assert [link.talk(LIVE), link.talk(None), link.talk(LIVE)] == [False, False, False]
    wait_for_end(own_server)
    own_server.start()
    bus.wait_until_ready(5)
    assert link.talk(LIVE)
    assert link.talk(LIVE), "what was said is not said again"

    (clips,) = Account(bus).clips()
    assert clips.is_closed
    assert (clips.produced, clips.in_flight, clips.dropped) == (MAX_PENDING + 51, MAX_PENDING + 1, {"bus_down": 50})
    (frames,) = Account(bus).frames()
    assert (frames.decoded, frames.published, frames.dropped) == (42, 40, {"not_sampled": 2})
    assert len(Account(bus).gaps("cam")) == 1
    words = [
        record.getMessage().partition(":")[0] for record in caplog.records if record.name == "stream.ingest.bus_link"
    ]
    assert words == ["the server is away; clips wait", "the server is back"]


def test_the_source_is_current_until_its_entry_changes(own_server: EmbeddedServer, counts: FrameCounts) -> None:
    link, bus = link_to(own_server, counts)
    SourceRegistry(bus).add(StoredSource("other", "/b.mp4", SOURCE.models))
    link.talk(LIVE)
    assert link.is_source_current, "another source is none of its business"
    SourceRegistry(bus).remove("cam")
    link.talk(LIVE)
    assert not link.is_source_current


def test_only_a_source_that_was_removed_is_forgotten_at_the_end(
    own_server: EmbeddedServer, counts: FrameCounts
) -> None:
    link, bus = link_to(own_server, counts)
    link.send(clip(0))
    link.talk(LIVE)
    assert link.end() is False
    assert Account(bus).clips()[0].produced == 1
    SourceRegistry(bus).remove("cam")
    assert link.end() is True
    assert Account(bus).clips() == []
    assert StatusBoard(bus).sources() == {}


@pytest.mark.parametrize(
    ("state", "last_frame_at", "expected"),
    [("live", 77.0, 77.0), ("stalled", 77.0, 77.0), ("ended", 77.0, None), ("failed", None, 50.0)],
)
def test_the_last_report_of_an_earlier_process_tells_where_the_gap_begins(
    own_server: EmbeddedServer, counts: FrameCounts, state: str, last_frame_at: float | None, expected: float | None
) -> None:
    link, bus = link_to(own_server, counts)
    assert link.last_seen() is None
    status = SourceStatus("cam", state, last_frame_at=last_frame_at, changed_at=50.0)  # type: ignore[arg-type]
    StatusBoard(bus).report_source(status)
    seen = link.last_seen()
    assert (seen.at if seen else None) == expected
