"""The observer: what it knows never parts from what is committed."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.alerts.observer import IDLE_SECONDS, REMOVED_SECONDS, Observer
from stream.alerts.record import Record
from stream.alerts.rules import load_rules
from stream.messages import Alert, Event, InferenceResult, SourceStatus
from tests.stream.alerts.ward import LABELS, MODEL, SPEC, make_result

SOURCES = ("bed1", "bed2")


class Book:
    """What a ledger would hold."""

    def __init__(self) -> None:
        self.memory: dict[str, str] = {}
        self.told: list[Event | Alert] = []

    def commit(self, observer: Observer, record: Record) -> None:
        for name, value in record.memory.items():
            if value is None:
                self.memory.pop(name)
            else:
                self.memory[name] = value
        self.told += [*record.events, *record.alerts]
        observer.committed(record)


def new_observer(book: Book) -> Observer:
    observer = Observer(load_rules(), {MODEL: SPEC})
    book.commit(observer, observer.restore(book.memory, 0.0))
    return observer


def results(labels: Sequence[str], source_id: str = "bed1") -> list[tuple[str, InferenceResult]]:
    return [(f"{index + 1}-0", make_result(source_id, index, label)) for index, label in enumerate(labels)]


def see(observer: Observer, book: Book, entries: Sequence[tuple[str, InferenceResult]], now: float = 0.0) -> None:
    book.commit(observer, observer.see_results(entries, now, now))


def states(book: Book) -> list[str]:
    return [message.state for message in book.told if isinstance(message, Alert)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOURCES), st.sampled_from(LABELS)), max_size=30), st.sets(st.integers(0, 30)))
def test_observer_killed_after_any_commit_goes_on_undisturbed(script: list[tuple[str, str]], kills: set[int]) -> None:
    steady_book, killed_book = Book(), Book()
    steady, killed = new_observer(steady_book), new_observer(killed_book)
    for index, (source_id, label) in enumerate(script):
        entries = [(f"{index + 1}-0", make_result(source_id, index, label))]
        see(steady, steady_book, entries)
        if index in kills:
            killed.see_results(entries, 0.0, 0.0)  # found out, but not committed
            killed = new_observer(killed_book)
        assert killed.position == (f"{index}-0" if index else "0")
        see(killed, killed_book, entries)
    assert killed_book.told == steady_book.told
    assert killed_book.memory == steady_book.memory


def test_result_that_cannot_be_understood_keeps_no_other_from_being_seen() -> None:
    book = Book()
    observer = new_observer(book)
    entries = results(["out_of_bed", "out_of_bed"])
    poison = replace(entries[0][1], result={"kind": "classification", "labels": ["a"], "scores": []})
    see(observer, book, [("0-1", poison), *entries])
    assert states(book) == ["active"]
    assert observer.position == "2-0"


def test_source_that_ended_closes_its_events_once_no_result_can_be_under_way() -> None:
    book = Book()
    observer = new_observer(book)
    see(observer, book, results(["into_bed"]))
    status = {"bed1": SourceStatus("bed1", "ended")}
    book.commit(observer, observer.see_sources(status, 5.0, IDLE_SECONDS - 0.1))
    assert states(book) == ["active"]
    book.commit(observer, observer.see_sources(status, 5.0, IDLE_SECONDS))
    assert states(book) == ["active", "resolved"]


def test_removed_source_leaves_nothing_behind_but_what_latched() -> None:
    book = Book()
    observer = new_observer(book)
    see(observer, book, results(["into_bed"], "bed1"))
    see(observer, book, results(["out_of_bed"], "bed2"))
    for second in (1.0, 1.0 + REMOVED_SECONDS + 0.1):
        book.commit(observer, observer.see_sources({}, second, second))
    assert states(book) == ["active", "active", "resolved", "latched"]
    assert {name for name in book.memory if " " in name} == {"alerts bed2"}
    (latched,) = [message for message in book.told if isinstance(message, Alert) and message.state == "latched"]
    alert, record = observer.acknowledge(latched.alert_id, "nurse", "", 9.0)
    book.commit(observer, record)
    assert alert.state == "resolved"
    book.commit(observer, observer.see_sources({}, 10.0, 10.0))
    assert {name for name in book.memory if " " in name} == set()


def test_events_of_a_model_that_is_served_no_more_are_closed_at_start() -> None:
    book = Book()
    see(new_observer(book), book, results(["into_bed"]))
    observer = Observer(load_rules(), {})
    book.commit(observer, observer.restore(book.memory, 1.0))
    assert states(book) == ["active", "resolved"]
    assert f"detector bed1 {MODEL}" not in book.memory


def test_acknowledgement_that_could_not_be_recorded_is_taken_back() -> None:
    book = Book()
    observer = new_observer(book)
    see(observer, book, results(["out_of_bed"]))
    (raised,) = [message for message in book.told if isinstance(message, Alert)]
    alert, _ = observer.acknowledge(raised.alert_id, "nurse", "", 1.0)
    observer.take_back(alert.source_id, 1.0)
    again, _ = observer.acknowledge(raised.alert_id, "another", "", 2.0)
    assert again.acknowledged_by == "another"
