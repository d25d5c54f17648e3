"""Events and alerts as lines for a person at a terminal."""

from datetime import datetime

from stream.messages import Alert, Event


def event_line(event: Event) -> str:
    """Return one line for a person."""
    told = "begins" if event.end_seconds is None else f"took {event.end_seconds - event.start_seconds:.1f} s"
    return (
        f"{_clock(event.started_at)}  event  {event.source_id:8} {event.label:14} {told}  score {event.peak_score:.2f}"
    )


def alert_line(alert: Alert) -> str:
    """Return one line for a person."""
    return f"{_clock(alert.changed_at)}  ALERT  {alert.source_id:8} {alert.severity:6} {alert.state:12} {alert.text}"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")
