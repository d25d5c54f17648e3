"""What the `vigil simulate` commands share: they check the place, show how far they are, tell what they made."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov")

Seed = Annotated[int, typer.Option(help="Everything in the scene that is not said follows from it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def require_place(out: Path, suffixes: tuple[str, ...] = VIDEO_SUFFIXES) -> None:
    """End the command with exit code 2 unless a file with one of these endings can be written there."""
    if out.suffix.lower() not in suffixes:
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise typer.BadParameter(f"must end in {endings}, got {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")


@contextmanager
def refusing_wrong_options() -> Iterator[None]:
    """End the command with exit code 2 when a scene cannot be made as it was asked for."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def showing_frames(out: Path, num_frames: int) -> Iterator[Callable[[], None]]:
    """Show how many frames are written, on standard error; yields what to call after each."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(out.name, total=num_frames, rate="")

        def advance() -> None:
            speed = progress.tasks[task].speed
            progress.update(task, advance=1, rate=f"{speed:.0f} frames/s" if speed else "")

        yield advance


def tell(out: Path, facts: dict[str, Any], line: str, *, as_json: bool) -> None:
    """Tell what was made: a line for a person, or one JSON object that names the video and its truth."""
    if as_json:
        typer.echo(json.dumps({"video": str(out), "truth": str(out.with_suffix(".json")), **facts}))
    else:
        typer.echo(f"{out}: {line}")
