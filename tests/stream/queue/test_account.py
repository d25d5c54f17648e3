from pathlib import Path

import pytest

from stream.bus import Bus
from stream.frames.files import FileFrameStore
from stream.messages import SourceStatus
from stream.queue.account import MAX_GAPS, Account, FrameAccount, Gap
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard
from tests.stream.fed_source import FedSource


def test_frames_add_up(bus: Bus) -> None:
    account = Account(bus)
    account.add_frames("cam", decoded=10, published=4, dropped={"not_sampled": 6})
    account.add_frames("cam", decoded=5, published=2, dropped={"not_sampled": 2, "damaged": 1})
    account.add_frames("other", decoded=0, published=0, dropped={})
    first, second = account.frames()
    assert first == FrameAccount("cam", 15, 6, {"damaged": 1, "not_sampled": 8})
    assert first.is_closed
    assert second == FrameAccount("other", 0, 0, {})


def test_missing_frames_show(bus: Bus) -> None:
    Account(bus).add_frames("cam", decoded=10, published=4, dropped={"not_sampled": 5})
    (frames,) = Account(bus).frames()
    assert (frames.imbalance, frames.is_closed) == (1, False)


def test_clip_that_vanishes_leaves_the_account_open(bus: Bus, tmp_path: Path) -> None:
    source = FedSource(RequestQueue(bus), FileFrameStore(tmp_path), "cam")
    requests = [source.produce() for _ in range(3)]
    assert Account(bus).clips()[0].is_closed
    bus.client.xdel("live:cam:brightness", requests[1].entry_id)
    (clips,) = Account(bus).clips()
    assert (clips.imbalance, clips.is_closed) == (1, False)


def test_gaps_come_back_newest_first_and_are_bounded(bus: Bus) -> None:
    account = Account(bus)
    for index in range(MAX_GAPS + 300):
        account.record_gap(Gap("cam", index, float(index), index + 0.5, "camera unplugged"))
    gaps = account.gaps("cam", limit=10_000)
    assert gaps[0].epoch == MAX_GAPS + 299
    assert MAX_GAPS <= len(gaps) < MAX_GAPS + 200
    assert account.gaps("cam", limit=1) == gaps[:1]
    assert account.gaps("other") == []


def test_gaps_that_go_on_take_the_place_of_those_kept_before(bus: Bus) -> None:
    account = Account(bus)
    first, second = Gap("a", 1, 0.0, 1.0, "stalled"), Gap("b", 1, 0.0, 1.0, "silence", kind="not_analysed")
    account.set_open_gaps([second, first])
    assert account.open_gaps() == [first, second]
    account.set_open_gaps([second])
    assert account.open_gaps() == [second]
    account.forget("b")
    assert account.open_gaps() == []


@pytest.mark.parametrize("stays", ["other"])
def test_forgotten_source_leaves_nothing_but_its_last_epoch(bus: Bus, tmp_path: Path, stays: str) -> None:
    account, queue, store = Account(bus), RequestQueue(bus), FileFrameStore(tmp_path)
    for source_id in ("cam", stays):
        FedSource(queue, store, source_id).produce()
        account.add_frames(source_id, decoded=1, published=1, dropped={})
        account.record_gap(Gap(source_id, 1, 0.0, 1.0, "reason"))
        StatusBoard(bus).report_source(SourceStatus(source_id, "live"))
    last_epoch = int(bus.client.get("epoch:cam"))
    account.forget("cam")
    assert [key for key in bus.client.scan_iter() if b"cam" in key] == [b"epoch:cam"]
    assert bus.client.ttl("epoch:cam") > 0
    assert [clips.source_id for clips in account.clips()] == [stays]
    assert [frames.source_id for frames in account.frames()] == [stays]
    assert list(StatusBoard(bus).sources()) == [stays]
    assert queue.start_epoch("cam") > last_epoch
    assert bus.client.ttl("epoch:cam") == -1
