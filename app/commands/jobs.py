"""`vigil submit` and `vigil jobs list|show|cancel`: pictures and volumes for the running workers."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from app.imaging.submission import Fate
    from models.predictor import ModelCard
    from stream.batch.inputs import FoundInputs
    from stream.jobs.job import Job
    from stream.jobs.job_queue import JobQueue

app = typer.Typer(help="Offline jobs: list, show, cancel.", no_args_is_help=True)


def submit(
    inputs: Annotated[list[str], typer.Argument(metavar="PATH|URL|DIR|GLOB...", help="pictures, volumes, folders")],
    model: Annotated[str, typer.Option(help="name of a model of pictures or volumes; see `vigil models list`")],
    out: Annotated[
        Path | None, typer.Option(help="folder for the results; default: where the dashboard's offline page looks")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="wait for the results, showing progress")] = True,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Have pictures or volumes read by the running system, and wait for the results.

    Jobs survive the end of this command, of their worker and of the server; live clips go first.
    Exit code 0: all done; 3: some were refused or given up, by name; 1: none was done; 2: wrong use.
    """
    from app.console.connection import connect, read_settings
    from app.imaging.place import results_folder
    from app.imaging.submission import submit_jobs
    from stream.jobs.job_queue import JobQueue

    card = _imaging_card(model)
    folder = out or results_folder(read_settings(config))
    found = _require(inputs, card, folder)
    queue = JobQueue(connect(config))
    jobs = submit_jobs(queue, card, found.inputs, folder)
    if not wait:
        typer.echo(json.dumps([asdict(job) for job in jobs]) if as_json else "\n".join(job.job_id for job in jobs))
        return
    fate = _follow(queue, jobs)
    for pattern, reason in found.unmatched:
        typer.echo(f"refused: {pattern}: {reason}", err=True)
    if as_json:
        typer.echo(json.dumps({"exit_code": fate.exit_code, "jobs": [asdict(job) for job in fate.jobs]}))
    else:
        typer.echo(f"{fate.num_done} of {len(jobs)} done; results: {folder}")
    raise typer.Exit(fate.exit_code or (3 if found.unmatched else 0))


@app.command("list")
def list_jobs(
    is_all: Annotated[bool, typer.Option("--all", help="also those that have ended")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List jobs in the order of their submission."""
    from app.imaging.job_lines import job_line

    jobs = [job for job in _queue(config).statuses() if is_all or not job.has_ended]
    if as_json:
        typer.echo(json.dumps([asdict(job) for job in jobs]))
        return
    for job in jobs:
        typer.echo(f"{job.job_id}  {job_line(job)}")
    if not jobs:
        typer.echo("no jobs" if is_all else "no jobs wait or run; --all lists those that have ended", err=True)


@app.command()
def show(
    job_id: Annotated[str, typer.Argument(metavar="ID")], as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Print all that is known of a job."""
    status = _queue(config).status(job_id)
    if status is None:
        fail(f"vigil: no job is called {job_id!r}; see `vigil jobs list --all`", EXIT_WRONG_USE)
    told: dict[str, Any] = asdict(status)
    if as_json:
        typer.echo(json.dumps(told))
        return
    for field, value in told.items():
        if value not in ("", (), 0, 0.0):
            typer.echo(f"{field:14} {', '.join(value) if isinstance(value, tuple) else value}")


@app.command()
def cancel(
    job_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Cancel jobs: one that waits never begins, one that is read stops within a second."""
    queue = _queue(config)
    answers = {job_id: queue.cancel(job_id) for job_id in job_ids}
    words = {"cancelled": "cancelled", "asked": "stopping", "ended": "has ended already", "unknown": "is not known"}
    if as_json:
        typer.echo(json.dumps(answers))
    else:
        for job_id, answer in answers.items():
            typer.echo(f"{job_id}: {words[answer]}")
    if "unknown" in answers.values():
        raise typer.Exit(EXIT_WRONG_USE)


def _queue(config: Path | None) -> "JobQueue":
    from app.console.connection import connect
    from stream.jobs.job_queue import JobQueue

    return JobQueue(connect(config))


def _imaging_card(model: str) -> "ModelCard":
    from models.registry import find_card, is_servable

    try:
        card = find_card(model)
    except ValueError as error:
        fail(f"vigil: --model: {error}", EXIT_WRONG_USE)
    if card.reads == "video":
        fail(
            f"vigil: --model: {model} reads video; watch a source with it, or use `vigil analyze`; "
            "submit needs a model of pictures or volumes",
            EXIT_WRONG_USE,
        )
    if not is_servable(card):
        fail(f"vigil: --model: {model} has no weights here", EXIT_WRONG_USE)
    return card


def _require(patterns: list[str], card: "ModelCard", folder: Path) -> "FoundInputs":
    from app.commands.samples import find_samples

    found = find_samples(card, patterns, folder)
    if not found.inputs:
        reasons = "; ".join(f"{pattern}: {reason}" for pattern, reason in found.unmatched)
        fail(f"vigil: there is nothing to submit: {reasons}", EXIT_WRONG_USE)
    return found


def _follow(queue: "JobQueue", jobs: "list[Job]") -> "Fate":
    from rich.console import Console

    from app.imaging.job_lines import JobProgress
    from app.imaging.submission import wait_for_jobs

    try:
        with JobProgress(Console(stderr=True)) as progress:
            return wait_for_jobs(queue, jobs, progress.update)
    except KeyboardInterrupt:
        ids = " ".join(job.job_id for job in jobs)
        fail(f"vigil: the jobs go on; `vigil jobs cancel {ids}` ends them", EXIT_FAILED)
