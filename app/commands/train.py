"""`vigil train`: train a model as a configuration file says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from models.training.phases import Phases, Show


def train(
    config: Annotated[Path, typer.Argument(help="Training configuration, such as configs/train/bedside_i3d.yaml.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for weights, card, curves and checkpoints; else training/<name>.")
    ] = None,
    fresh: Annotated[bool, typer.Option(help="Forget the state of a run that was stopped, and begin anew.")] = False,
    install: Annotated[bool, typer.Option(help="Make the model known to `vigil models` when it is done.")] = False,
) -> None:
    """Train a model, measure it on what it never saw, and write weights and card; a run that was stopped goes on."""
    from app.training.kinds import kind_of
    from models.runtime.freed_memory import keep_freed_memory

    keep_freed_memory()
    try:
        kind = kind_of(config)
        settings = kind.load(config)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    folder = out or Path("training") / settings.name
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        _forget_state(folder)

    try:
        with show_phases() as phases:
            card = kind.run(settings, folder, phases)
    except ValueError as error:
        fail(f"{config}: {error}", EXIT_FAILED)
    _tell(card.metrics)
    typer.echo(f"{settings.name}: weights, card and curves are in {folder}")
    if install:
        _install(folder, settings.name)


def _forget_state(folder: Path) -> None:
    for checkpoint in folder.glob("*.checkpoint.safetensors"):
        checkpoint.unlink()


@contextmanager
def show_phases() -> Iterator["Phases"]:
    """Show one line a phase, with its rate and the time left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns) as progress:

        @contextmanager
        def phase(name: str) -> Iterator["Show"]:
            task = progress.add_task(name, total=None, rate="", note="")

            def show(done: int, total: int, note: str = "") -> None:
                speed = progress.tasks[task].speed
                rate = f"({speed:.1f}/s)" if speed else ""
                progress.update(task, completed=done, total=total, rate=rate, note=note)

            yield show

        yield phase


def _tell(metrics: dict[str, Any]) -> None:
    for name, value in metrics.items():
        if isinstance(value, dict) and set(value) == {"value", "low", "high"}:
            typer.echo(f"{name:42} {value['value']:.3f}  (95 % {value['low']:.3f} to {value['high']:.3f})")


def _install(folder: Path, name: str) -> None:
    import shutil

    from models.store.stored_models import own_directory

    directory = own_directory()
    directory.mkdir(parents=True, exist_ok=True)
    for suffix in (".safetensors", ".json"):
        shutil.copy2(folder / f"{name}{suffix}", directory / f"{name}{suffix}")
    typer.echo(f"{name}: installed in {directory}")
