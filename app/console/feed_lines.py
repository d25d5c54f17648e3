"""Events and alerts as lines for a person at a terminal."""

from datetime import datetime

from stream.messages import Alert, Event


def feed_line(entry_id: str, message: Event | Alert) -> str:
    """Return one line for a person about a change in the feed.

    Args:
        entry_id: its id in the feed, which begins with the moment at which the change was told: so the first column
            of lines in the feed's order never runs backwards.
    """
    told_at = int(entry_id.partition("-")[0]) / 1000
    return event_line(message, told_at) if isinstance(message, Event) else alert_line(message, told_at)


def event_line(event: Event, told_at: float | None = None) -> str:
    """Return one line for a person, with the time at which the event was told, or else began."""
    began = f"began {_clock(event.started_at)}"
    told = began if event.end_seconds is None else f"{began}, took {event.end_seconds - event.start_seconds:.1f} s"
    at = event.started_at if told_at is None else told_at
    return f"{_clock(at)}  event  {event.source_id:8} {event.label:14} {told}  score {event.peak_score:.2f}"


def alert_line(alert: Alert, told_at: float | None = None) -> str:
    """Return one line for a person, with the time at which the alert was told, or else changed."""
    at = alert.changed_at if told_at is None else told_at
    times = f"  ({alert.num_episodes} times since {_clock(alert.raised_at)})" if alert.num_episodes > 1 else ""
    return f"{_clock(at)}  ALERT  {alert.source_id:8} {alert.severity:6} {alert.state:12} {alert.text}{times}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")
