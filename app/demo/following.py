"""Prints one line for each event and alert as it happens, and remembers the events."""

import threading
import time

import typer

from app.console.feed_lines import feed_line
from stream.alert_desk import AlertDesk
from stream.bus import Bus
from stream.errors import StreamError
from stream.messages import Alert, Event


class Follower:
    """Follows events and alerts in a thread of its own until stopped."""

    def __init__(self, bus: Bus) -> None:
        self._desk = AlertDesk(bus)
        self._stop = threading.Event()
        self._events: dict[str, Event] = {}
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def events(self) -> list[Event]:
        """Every event so far, in its latest form."""
        return list(self._events.values())

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2.0)

    def _follow(self) -> None:
        after_id: str | None = None
        while not self._stop.is_set():
            try:
                for entry_id, message in self._desk.follow(after_id, block_seconds=0.5):
                    after_id = entry_id
                    self._show(entry_id, message)
            except StreamError:
                time.sleep(0.2)

    def _show(self, entry_id: str, message: Event | Alert) -> None:
        if isinstance(message, Event):
            self._events[message.event_id] = message
        typer.echo(feed_line(entry_id, message))
