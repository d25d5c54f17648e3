"""`vigil config check|schema`: what may be set, and whether a file is right."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.console.connection import read_settings
from app.console.exits import EXIT_WRONG_USE, fail
from stream.settings import Settings

app = typer.Typer(help="Check a configuration file, or print what may be set.", no_args_is_help=True)


@app.command()
def check(path: Annotated[Path, typer.Argument(help="The YAML file.")]) -> None:
    """Say whether a configuration file is right, key by key; exit code 2 when it is not."""
    from app.system.ingest_host import stored_source
    from stream.alerts.rules import load_rules

    settings = read_settings(path)
    try:
        for source in settings.sources:
            stored_source(source)
        load_rules(settings.watch.rules)
    except ValueError as error:
        fail(f"{path}: {error}", EXIT_WRONG_USE)
    num_sources = len(settings.sources)
    typer.echo(f"{path}: right; {num_sources} source{'' if num_sources == 1 else 's'}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of every setting."""
    typer.echo(json.dumps(Settings.model_json_schema(), indent=2))
