"""What the `vigil simulate` commands share: their options, the making and writing of a scene, what is told of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import typer

VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov")

VideoOut = Annotated[Path, typer.Argument(help="Video (.mp4, .mkv, .mov) to write; truth as <stem>.json.")]
Seed = Annotated[int, typer.Option(help="Everything in the scene that is not said follows from it.")]
Pixels = Annotated[int, typer.Option(help="Pixels, even.")]


class _Counted(Protocol):
    num_frames: int


Scene = TypeVar("Scene", bound=_Counted)


def make_scene(
    make: Callable[[], Scene], write: Callable[..., None], out: Path, *, suffixes: tuple[str, ...] = VIDEO_SUFFIXES
) -> Scene:
    """Make a scene, write it, show on standard error how far that is, and return it.

    The command ends with exit code 2 when no file with one of the suffixes can be written there, or the scene cannot
    be made as it was asked for.

    Args:
        make: raises ValueError when an option is wrong.
        write: is given the scene, `out`, and as `on_frame` what to call after every frame.
    """
    _require_place(out, suffixes)
    try:
        scene = make()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with _showing_frames(out, scene.num_frames) as advance:
        write(scene, out, on_frame=advance)
    return scene


def tell(out: Path, facts: dict[str, Any], line: str, *, as_json: bool) -> None:
    """Tell what was made: a line for a person, or one JSON object that names the video and its truth."""
    if as_json:
        typer.echo(json.dumps({"video": str(out), "truth": str(out.with_suffix(".json")), **facts}))
    else:
        typer.echo(f"{out}: {line}")


def _require_place(out: Path, suffixes: tuple[str, ...]) -> None:
    if out.suffix.lower() not in suffixes:
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise typer.BadParameter(f"must end in {endings}, got {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")


@contextmanager
def _showing_frames(out: Path, num_frames: int) -> Iterator[Callable[[], None]]:
    """Show how many frames are written; yields what to call after each."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(out.name, total=num_frames, rate="")

        def advance() -> None:
            speed = progress.tasks[task].speed
            progress.update(task, advance=1, rate=f"{speed:.0f} frames/s" if speed else "")

        yield advance
