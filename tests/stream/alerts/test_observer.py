"""The observer: what it knows never parts from what is committed."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.alerts.analysis_judge import SILENCE_SECONDS
from stream.alerts.observer import IDLE_SECONDS, REMOVED_SECONDS, Observer
from stream.alerts.record import Record
from stream.alerts.rules import load_rules
from stream.messages import Alert, Event, InferenceResult, SourceStatus
from stream.queue.account import Gap
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


def report(observer: Observer, book: Book, second: float, *, is_server_away: bool = False) -> None:
    status = SourceStatus("bed1", "live", reported_at=1000.0 + second, clip_seconds={MODEL: 2.5})
    book.commit(
        observer,
        observer.see_sources({"bed1": status}, 1000.0 + second, second, is_server_away=is_server_away),
    )


def clip(index: int, second: float) -> tuple[str, InferenceResult]:
    return f"{index + 1}-0", make_result("bed1", index, "none", at=1000.0 + second)


def test_live_source_that_no_model_scores_raises_an_alert_and_leaves_a_gap_once_it_is_scored_again() -> None:
    book = Book()
    observer = new_observer(book)
    for second in (0.0, 1.0):
        report(observer, book, second)
    see(observer, book, [clip(0, 2.0)], 2.0)
    report(observer, book, 2.0 + SILENCE_SECONDS + 2.5)
    assert states(book) == []
    report(observer, book, 20.0)
    (alert,) = [message for message in book.told if isinstance(message, Alert)]
    assert (alert.rule, alert.severity, alert.state) == ("not_analysed", "high", "active")
    assert alert.text == f"bed1: not analysed (no result of {MODEL} since 00:16:42 UTC)"
    (going_on,) = observer.open_gaps
    assert (going_on.kind, going_on.from_at, going_on.to_at) == ("not_analysed", 1002.0, 1020.0)

    observer = new_observer(book)  # a restart says nothing anew
    for second in (21.0, 22.0):
        report(observer, book, second)
    assert states(book) == ["active"]
    record = observer.see_results([clip(1, 30.0)], 1030.0, 30.0)
    assert record.gaps == [Gap("bed1", 1, 1002.0, 1028.0, f"no result of {MODEL}", kind="not_analysed")]
    book.commit(observer, record)
    report(observer, book, 30.5)
    assert states(book) == ["active", "resolved"]
    assert observer.open_gaps == ()


def test_outage_of_the_server_is_its_own_reason_and_leaves_a_gap_but_no_second_alert() -> None:
    book = Book()
    observer = new_observer(book)
    for second in (0.0, 1.0):
        report(observer, book, second)
    see(observer, book, [clip(0, 2.0)], 2.0)
    report(observer, book, 2.0)
    last = SourceStatus("bed1", "live", reported_at=1002.0, clip_seconds={MODEL: 2.5})
    for second in range(3, 60):
        now = float(second)
        book.commit(observer, observer.see_sources({"bed1": last}, 1000.0 + now, now, is_server_away=True))
    report(observer, book, 60.0)
    record = observer.see_results([clip(1, 61.0)], 1061.0, 61.0)
    assert [(gap.from_at, gap.to_at) for gap in record.gaps] == [(1002.0, 1059.0)]
    book.commit(observer, record)
    report(observer, book, 61.0)
    told = [message for message in book.told if isinstance(message, Alert)]
    assert [(alert.rule, alert.state) for alert in told] == [("not_monitored", "active"), ("not_monitored", "resolved")]
    assert told[0].text == "bed1: not monitored (the server is away)"


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
