"""`vigil sources`: the cameras, files and cines that are watched."""

from typing import Annotated

import typer

app = typer.Typer(help="The sources of video: list, add, remove, probe.", no_args_is_help=True)


@app.command()
def probe(
    url: Annotated[str, typer.Argument(help="path of a video file or DICOM cine, or rtsp://user:password@host/path")],
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Open a source, decode its first picture, and say what it is."""
    import json
    from dataclasses import asdict

    from stream.errors import StreamError
    from stream.sources.opening import describe

    try:
        media = asdict(describe(url))
    except StreamError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(media))
        return
    for name, value in media.items():
        typer.echo(f"{name:18} {'unknown' if value is None else value}")
