"""The command line: finds the command, loads only what it needs."""

import logging
import os
import sys

import typer

from app.commands import (
    alerts,
    analyze,
    bench,
    config,
    dashboard,
    demo,
    doctor,
    echo,
    evaluate,
    events,
    flow,
    jobs,
    models,
    services,
    simulate,
    sources,
    train,
    up,
)
from stream.errors import StreamError
from stream.logs import configure_logging

app = typer.Typer(
    name="vigil",
    help="Clinical video intelligence: live dashboards, batch analysis, alert subscription.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("ingest")(services.ingest)
app.command("worker")(services.worker)
app.command("watch")(services.watch)
app.command("dashboard")(dashboard.dashboard)
app.command("demo")(demo.demo)
app.command("analyze")(analyze.analyze)
app.command("submit")(jobs.submit)
app.command("flow")(flow.flow)
app.command("echo")(echo.echo)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("doctor")(doctor.doctor)
app.add_typer(jobs.app, name="jobs")
app.add_typer(alerts.app, name="alerts")
app.add_typer(events.app, name="events")
app.add_typer(sources.app, name="sources")
app.add_typer(models.app, name="models")
app.add_typer(simulate.app, name="simulate")
app.add_typer(bench.app, name="bench")
app.add_typer(config.app, name="config")


def main() -> None:
    """Run a command; what goes wrong in the world is one line and exit code 1, never a traceback."""
    configure_logging("vigil", level=logging.WARNING)
    try:
        app()
    except (StreamError, OSError) as error:
        if os.environ.get("VIGIL_DEBUG"):
            raise
        typer.echo(f"vigil: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
