"""Following events and alerts from the command line, through restarts of the watcher and of the server."""

from collections.abc import Iterator
from pathlib import Path

import typer

from app.console.connection import bus_url, connect, read_settings
from app.console.stopping import StopFlag
from stream.alert_desk import AlertDesk
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.messages import Alert, Event

BLOCK_SECONDS = 1.0
RETRY_SECONDS = 1.0


def follow_feed(config: Path | None, after_id: str | None, stop: StopFlag) -> Iterator[tuple[str, Event | Alert]]:
    """Yield every change after a position (None: from now on) until told to stop; nothing is left out in an outage."""
    desk = AlertDesk(connect(config))
    if after_id is None:
        after_id = desk.latest_id()
    is_down = False
    while not stop.is_set():
        try:
            for entry_id, message in desk.follow(after_id, block_seconds=BLOCK_SECONDS):
                yield entry_id, message
                after_id = entry_id
            if is_down:
                typer.echo("the server answers again", err=True)
            is_down = False
        except BrokerUnavailable as error:
            if not is_down:
                typer.echo(f"waiting for the server: {error}", err=True)
            is_down = True
            stop.wait(RETRY_SECONDS)
            desk = _connect_again(config) or desk


def _connect_again(config: Path | None) -> AlertDesk | None:
    """A server that was started anew may have another address or password."""
    settings = read_settings(config)
    url = bus_url(settings)
    return AlertDesk(Bus.connect(url, socket_timeout_seconds=settings.redis.socket_timeout_seconds)) if url else None
