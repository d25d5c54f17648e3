"""The chart of what happened at every source."""

from app.dashboard.event_chart import draw_event_chart
from stream.messages import Event
from stream.queue.account import Gap

NOW = 1_800_000_000.0


def event(label: str, ago: float, length: float | None) -> Event:
    end = None if length is None else 5.0 + length
    return Event(f"{label}{ago}", "bed-1", "m", label, 1, 5.0, end, 0.9, 6.0, started_at=NOW - ago, people=2)


def draw(events: list[Event], gaps: list[Gap]) -> list[dict[str, object]]:
    chart = draw_event_chart(events, gaps, ["bed-1"], from_at=NOW - 100, to_at=NOW).to_dict()
    return [row for layer in chart["layer"] for row in layer["data"]["values"]]


def test_timeline_shows_events_of_the_span_only() -> None:
    shown = [row["label"] for row in draw([event("old", 500, 10), event("new", 50, 10)], []) if "label" in row]
    assert shown == ["new"]


def test_event_that_goes_on_reaches_to_now() -> None:
    (row,) = [row for row in draw([event("falls", 20, None)], []) if "label" in row]
    assert (row["from"], row["to"], row["lasted"]) == (round((NOW - 20) * 1000), round(NOW * 1000), "goes on")


def test_event_that_began_before_the_span_is_cut_at_its_edge() -> None:
    (row,) = [row for row in draw([event("long", 150, 100)], []) if "label" in row]
    assert row["from"] == round((NOW - 100) * 1000)


def test_gap_is_shown_as_not_monitored() -> None:
    gap = Gap("bed-1", 1, NOW - 30, NOW - 20, "stalled")
    (row,) = [row for row in draw([], [gap]) if "label" in row]
    assert (row["label"], row["reason"], row["lasted"]) == ("not monitored", "stalled", "10.0 s")


def test_gap_in_which_nothing_was_scored_says_so() -> None:
    gap = Gap("bed-1", 1, NOW - 30, NOW, "no result of bedside_i3d", kind="not_analysed")
    (row,) = [row for row in draw([], [gap]) if "label" in row]
    assert (row["label"], row["reason"]) == ("not analysed", "no result of bedside_i3d")
