"""`vigil events`: what happened at the sources."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from app.console.connection import connect
from app.console.options import ConfigOption, JsonOption

app = typer.Typer(help="Events: what happened at the sources.", no_args_is_help=True)


@app.callback()
def _events() -> None:
    """Events: what happened at the sources."""


@app.command("list")
def list_events(
    source: Annotated[str, typer.Option(help="Glob of source ids.")] = "*",
    label: Annotated[str, typer.Option(help="Glob of labels.")] = "*",
    limit: Annotated[int, typer.Option(min=1, max=5000, help="How many.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the latest events, newest first; those that go on have no end."""
    from fnmatch import fnmatchcase

    from app.console.feed_lines import event_line
    from stream.alert_desk import AlertDesk

    recent = AlertDesk(connect(config)).recent_events(5000)
    events = [event for event in recent if fnmatchcase(event.source_id, source) and fnmatchcase(event.label, label)]
    if as_json:
        typer.echo(json.dumps([asdict(event) for event in events[:limit]]))
        return
    for event in events[:limit]:
        typer.echo(event_line(event))
    if not events:
        typer.echo("no events", err=True)
