"""Lines about events and alerts, for a terminal."""

from datetime import datetime

from app.console.feed_lines import alert_line, event_line, feed_line
from stream.messages import Alert, Event

BEGAN = datetime(2030, 1, 2, 10, 0, 0).timestamp()


def event(end_seconds: float | None = None) -> Event:
    return Event("e", "bed1", "m", "out_of_bed", 1, 5.0, end_seconds, 0.9, 7.0, BEGAN)


def alert(num_episodes: int = 1) -> Alert:
    names = ("a", "rule", "bed1", "out_of_bed", "medium", "behaviour", "active", "patient gets out of bed")
    return Alert(*names, BEGAN, BEGAN + 60, num_episodes=num_episodes)


def entry_id(seconds: float) -> str:
    return f"{round((BEGAN + seconds) * 1000)}-0"


def test_time_column_of_the_feed_is_when_each_line_was_told_and_never_runs_backwards() -> None:
    told = [(4.0, event()), (61.0, alert()), (62.0, event(9.1))]
    lines = [feed_line(entry_id(seconds), message) for seconds, message in told]
    assert [line[:8] for line in lines] == ["10:00:04", "10:01:01", "10:01:02"]
    assert "began 10:00:00" in lines[0]
    assert "began 10:00:00, took 4.1 s" in lines[2]


def test_lists_show_when_an_event_began_and_an_alert_changed() -> None:
    assert event_line(event()).startswith("10:00:00  event  bed1")
    assert alert_line(alert()).startswith("10:01:00  ALERT  bed1")


def test_alert_that_came_again_says_how_often() -> None:
    assert "times" not in alert_line(alert())
    assert alert_line(alert(3)).endswith("patient gets out of bed  (3 times since 10:00:00)")
