"""`vigil up`: everything on one machine."""

import logging

import typer

from app.console.connection import read_settings
from app.console.exits import EXIT_WRONG_USE, fail
from app.console.options import ConfigOption
from stream.logs import configure_logging

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
