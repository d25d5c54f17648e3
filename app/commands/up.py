"""`vigil up`: everything on one machine."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from app.console.connection import EXIT_WRONG_USE, fail, read_settings
from stream.logs import configure_logging

ConfigOption = Annotated[Path | None, typer.Option("--config", help="YAML file with settings that differ.")]
POLL_SECONDS = 0.25


def up(config: ConfigOption = None) -> None:
    """Run the server, every source, the workers, the watcher and the dashboard until Ctrl-C."""
    from app.console.stopping import StopFlag
    from app.dashboard.listening import answers
    from app.system.machine import System

    settings = read_settings(config)
    configure_logging("up", level=logging.INFO)
    stop = StopFlag().listen()
    system = System(settings, config)
    page = settings.dashboard
    try:
        system.start(stop)
        is_told = False
        while not stop.wait(POLL_SECONDS):
            system.poll()
            if not is_told and answers(page.port, page.host):
                typer.echo(f"Vigil is up: http://{page.host}:{page.port}  (Ctrl-C stops it)")
                is_told = True
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    finally:
        system.stop()
