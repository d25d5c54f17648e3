"""Clips on their way to a real server that comes and goes: in order, bounded, counted."""

import os
import signal
from pathlib import Path

import pytest

from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable
from stream.ingest.journal import Journal
from stream.ingest.request_outbox import RequestOutbox
from stream.messages import InferenceRequest
from stream.queue.request_queue import RequestQueue


def clip(index: int, model: str = "motion", epoch: int = 5) -> InferenceRequest:
    return InferenceRequest("cam", model, epoch, index, ("5-0",), ((0, 0),), (1,), (0.0,), 1e9, 1e9, 1e10)


def sent(bus: Bus, model: str = "motion") -> list[str]:
    return [entry_id.decode() for entry_id, _ in bus.client.xrange(f"live:cam:{model}")]


def test_clips_are_sent_in_order_and_once(bus: Bus) -> None:
    outbox = RequestOutbox(RequestQueue(bus), max_backlog=1000)
    for index in range(150):
        outbox.put(clip(index))
    assert outbox.send() == 150
    assert outbox.send() == 0
    assert sent(bus) == [f"5-{index}" for index in range(150)]


def test_clips_wait_for_a_server_that_is_away_and_the_oldest_go_first(own_server: EmbeddedServer) -> None:
    bus = Bus.connect(own_server.start(), socket_timeout_seconds=0.5)
    outbox = RequestOutbox(RequestQueue(bus), max_pending=10)
    outbox.put(clip(0))
    outbox.send()
    os.kill(own_server.process_id, signal.SIGKILL)
    for index in range(1, 26):
        outbox.put(clip(index, "motion" if index % 5 else "other"))
        with pytest.raises(BrokerUnavailable, match="must answer"):
            outbox.send()
    assert len(outbox) == 10
    assert outbox.take_dropped() == {"motion": 12, "other": 3}
    assert outbox.take_dropped() == {}
    own_server.start()
    bus.wait_until_ready(5)
    assert outbox.send() == 10
    assert sent(bus) == ["5-0", *(f"5-{index}" for index in range(16, 26) if index % 5)]
    assert sent(bus, "other") == ["5-20", "5-25"]


def test_a_clip_sent_twice_is_taken_once(bus: Bus) -> None:
    """As after an answer that was lost on its way."""
    outbox = RequestOutbox(RequestQueue(bus))
    outbox.put(clip(0))
    outbox.send()
    outbox.put(clip(0))
    outbox.put(clip(1))
    assert outbox.send() == 1
    assert sent(bus) == ["5-0", "5-1"]


def test_the_journal_tells_what_was_offered_and_what_was_accepted(own_server: EmbeddedServer, tmp_path: Path) -> None:
    bus = Bus.connect(own_server.start(), socket_timeout_seconds=0.5)
    outbox = RequestOutbox(RequestQueue(bus), journal=Journal(tmp_path / "journal"))
    outbox.put(clip(0))
    outbox.send()
    os.kill(own_server.process_id, signal.SIGKILL)
    outbox.put(clip(1))
    with pytest.raises(BrokerUnavailable, match="must answer"):
        outbox.send()
    lines = (tmp_path / "journal").read_text(encoding="utf-8").splitlines()
    assert lines == ["offered cam motion 5-0", "accepted cam motion 5-0", "offered cam motion 5-1"]
