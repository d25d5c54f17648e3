"""`vigil sources`: the cameras, files and cines that are watched."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import ConfigOption, JsonOption
from stream.settings import Privacy

if TYPE_CHECKING:
    from stream.messages import SourceStatus
    from stream.source_registry import StoredSource

REPORT_LIFETIME_SECONDS = 3.0
"""Age of a report after which the ingester that made it counts as gone."""
PLAIN_WIDTH = 2000
"""Columns of the list where there is no terminal to fit into: nothing is cut off."""

app = typer.Typer(help="The sources of video: list, add, remove, probe.", no_args_is_help=True)


@app.command()
def probe(
    url: Annotated[str, typer.Argument(help="path of a video file or DICOM cine, or rtsp://user:password@host/path")],
    as_json: JsonOption = False,
) -> None:
    """Open a source, decode its first picture, and say what it is."""
    import json
    from dataclasses import asdict

    from stream.errors import StreamError
    from stream.sources.opening import describe

    try:
        media = asdict(describe(url))
    except StreamError as error:
        fail(str(error), EXIT_FAILED)
    if as_json:
        typer.echo(json.dumps(media))
        return
    for name, value in media.items():
        typer.echo(f"{name:18} {'unknown' if value is None else value}")


@app.command()
def add(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="name in results, alerts and on screen")],
    url: Annotated[
        str,
        typer.Argument(
            help="path of a video file or DICOM cine, or rtsp://user:password@host/path; '${NAME}' in it stands for a "
            "variable of the environment, which keeps a password off the command line"
        ),
    ],
    model: Annotated[list[str], typer.Option("--model", help="model that shall watch it; may be given several times")],
    loop: Annotated[bool, typer.Option("--loop", help="play a file again and again, as a camera would")] = False,
    privacy: Annotated[Privacy, typer.Option(help="what previews show: pixelated or clear")] = "pixelated",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Add a source to the running system, or change one; no other source is touched."""
    import json

    from pydantic import SecretStr, ValidationError

    from app.console.connection import connect
    from app.system.ingest_host import stored_source
    from stream.settings import SourceSettings
    from stream.source_registry import SourceRegistry

    try:
        wanted = SourceSettings(id=source_id, url=SecretStr(url), models=tuple(model), loop=loop, privacy=privacy)
        source = stored_source(wanted)
    except ValidationError:
        fail(
            f"an id must be up to 64 letters, digits or _.- and start with a letter or digit: {source_id!r}",
            EXIT_WRONG_USE,
        )
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    registry = SourceRegistry(connect(config))
    was_there = registry.get(source_id) is not None
    registry.add(source)
    done = "changed" if was_there else "added"
    if as_json:
        record = {"id": source_id, "url": source.redacted_url, "models": model, "loop": loop, "privacy": privacy}
        typer.echo(json.dumps({"done": done, **record}))
        return
    typer.echo(f"{done} {source_id}: {source.redacted_url} for {', '.join(model)}")


@app.command()
def remove(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="name of the source")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Remove a source from the running system, with its account; no other source is touched."""
    import json

    from app.console.connection import connect
    from stream.queue.account import Account
    from stream.source_registry import SourceRegistry

    bus = connect(config)
    if not SourceRegistry(bus).remove(source_id):
        fail(f"no source is called {source_id!r}; `vigil sources list` names them", EXIT_FAILED)
    # Its ingester does the same when it ends; this is for one that does not run any more.
    Account(bus).forget(source_id)
    typer.echo(json.dumps({"done": "removed", "id": source_id}) if as_json else f"removed {source_id}")


@app.command(name="list")
def list_sources(
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the sources of the running system with their state."""
    import json
    import time

    from rich.console import Console
    from rich.table import Table

    from app.console.connection import connect
    from stream.queue.status_board import StatusBoard
    from stream.source_registry import SourceRegistry

    bus = connect(config)
    statuses = StatusBoard(bus).sources()
    rows = [_row(source, statuses.get(name), time.time()) for name, source in SourceRegistry(bus).all().items()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    columns = ("id", "state", "rate", "size", "age", "models", "url", "reason")
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(name, row) for name in columns))
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    console.print(table if rows else "no sources; add one with `vigil sources add ID URL --model NAME`")


def _row(source: "StoredSource", status: "SourceStatus | None", now: float) -> dict[str, Any]:
    """What is said of one source, in JSON values; an ingester that does not report counts as none."""
    is_reported = status is not None and now - status.reported_at <= REPORT_LIFETIME_SECONDS
    age = now - status.last_frame_at if status and status.last_frame_at else None
    return {
        "id": source.source_id,
        "state": status.state if status and is_reported else "stopped",
        "reason": status.reason if status and is_reported else "no ingester reports it",
        "frame_rate_hz": status.frame_rate_hz if status and is_reported else 0.0,
        "width": status.width if status else 0,
        "height": status.height if status else 0,
        "codec": status.codec if status else "",
        "last_frame_age_seconds": None if age is None else round(age, 1),
        "epoch": status.epoch if status else 0,
        "reconnects": status.reconnects if status else 0,
        "hints": list(status.hints) if status else [],
        "models": list(source.models),
        "url": source.redacted_url,
        "loop": source.loop,
        "privacy": source.privacy,
    }


def _cell(column: str, row: dict[str, Any]) -> str:
    age = row["last_frame_age_seconds"]
    cells = {
        "rate": f"{row['frame_rate_hz']:.1f} Hz",
        "size": f"{row['width']}x{row['height']}" if row["width"] else "",
        "age": "" if age is None else f"{age:.1f} s",
        "models": ", ".join(row["models"]),
        "reason": "; ".join(filter(None, [row["reason"], *row["hints"]])),
    }
    return cells[column] if column in cells else str(row[column])
