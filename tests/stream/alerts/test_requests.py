"""Questions to the watcher: answered, refused, or not done at all."""

import threading
import time

import pytest

from stream.alerts import keys
from stream.alerts.requests import RequestInbox, ask
from stream.bus import Bus
from stream.errors import LedgerUnavailable, WatcherSilent
from tests.waiting import wait_until


@pytest.fixture
def alive_bus(empty_bus: Bus) -> Bus:
    """A bus on which a watcher has just said that it lives."""
    empty_bus.client.set(keys.ALIVE, "ledger")
    return empty_bus


def answer_one(bus: Bus, how: str) -> threading.Thread:
    def run() -> None:
        inbox = RequestInbox(bus)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for request in inbox.take():
                if how == "answer":
                    inbox.answer(request, {"verb": request.verb, **request.arguments})
                elif how == "refuse":
                    inbox.refuse(request, ValueError("there is none"))
                elif how == "fail":
                    inbox.refuse(request, LedgerUnavailable("its disk is full"))
                return
            time.sleep(0.01)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_answer_comes_back(alive_bus: Bus) -> None:
    thread = answer_one(alive_bus, "answer")
    assert ask(alive_bus, "greet", {"name": "ward"}) == {"verb": "greet", "name": "ward"}
    thread.join()


def test_refusal_and_failure_come_back_as_what_they_are(alive_bus: Bus) -> None:
    for how, error, reason in (
        ("refuse", ValueError, "there is none"),
        ("fail", LedgerUnavailable, "'greet' was not done: its disk is full"),
    ):
        thread = answer_one(alive_bus, how)
        with pytest.raises(error, match=reason):
            ask(alive_bus, "greet", {})
        thread.join()


def test_without_a_watcher_nothing_is_asked(empty_bus: Bus) -> None:
    with pytest.raises(WatcherSilent, match="no watcher is running, so 'greet' was not done"):
        ask(empty_bus, "greet", {})
    assert empty_bus.client.llen(keys.REQUESTS) == 0


def test_question_that_nobody_took_in_time_is_never_carried_out(alive_bus: Bus) -> None:
    with pytest.raises(WatcherSilent, match=r"did not take 'greet' within 0.1 s, so it was not done"):
        ask(alive_bus, "greet", {}, timeout_seconds=0.1)
    assert RequestInbox(alive_bus).take() == []


def test_question_whose_answer_is_missing_is_said_to_be_open(alive_bus: Bus) -> None:
    thread = answer_one(alive_bus, "take and die")
    with pytest.raises(WatcherSilent, match="took 'greet' but did not answer; look whether it was done"):
        ask(alive_bus, "greet", {}, timeout_seconds=0.5)
    thread.join()


def test_nothing_of_a_question_stays_on_the_server(alive_bus: Bus) -> None:
    thread = answer_one(alive_bus, "answer")
    ask(alive_bus, "greet", {})
    thread.join()
    wait_until(lambda: [key for key in alive_bus.client.keys("watcher:*") if key != b"watcher:alive"] == [])
