from dataclasses import replace

from stream.bus import Bus
from stream.messages import SourceStatus, WorkerStatus
from stream.queue.status_board import WORKER_MEMORY_SECONDS, StatusBoard

WORKER = WorkerStatus("w1", "host", 42, "cpu", ("a",), reported_at=1000.0)


def test_last_report_of_each_source_stands(bus: Bus) -> None:
    board = StatusBoard(bus)
    assert board.sources() == {}
    for status in (SourceStatus("b", "connecting"), SourceStatus("a", "live"), SourceStatus("b", "live", epoch=3)):
        board.report_source(status)
    assert board.sources() == {"a": SourceStatus("a", "live"), "b": SourceStatus("b", "live", epoch=3)}


def test_worker_that_fell_silent_long_ago_is_forgotten(bus: Bus) -> None:
    board = StatusBoard(bus)
    board.report_worker(WORKER)
    recent = replace(WORKER, worker_id="w2", reported_at=1000.0 + WORKER_MEMORY_SECONDS)
    board.report_worker(recent)
    assert set(board.workers()) == {"w1", "w2"}
    board.report_worker(replace(recent, reported_at=recent.reported_at + 1))
    assert set(board.workers()) == {"w2"}
    board.remove_worker("w2")
    assert board.workers() == {}


def test_report_that_cannot_be_read_hides_no_other(bus: Bus) -> None:
    board = StatusBoard(bus)
    board.report_source(SourceStatus("a", "live"))
    bus.client.hset("status:sources", "b", b"\xff")
    assert board.sources() == {"a": SourceStatus("a", "live")}
