"""`vigil simulate`: labelled synthetic scenes, as a video with its truth beside it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.simulate_echo import echo
from app.commands.simulate_surgery import surgery

if TYPE_CHECKING:
    from models.simulation.bedside import BedsideScene

app = typer.Typer(help="Make labelled synthetic scenes.", no_args_is_help=True)
app.command("echo")(echo)
app.command("surgery")(surgery)


class Look(StrEnum):
    """Sensor that sees the scene."""

    rgb = "rgb"
    depth = "depth"
    random = "random"


@app.callback()
def simulate() -> None:
    """Make labelled synthetic scenes."""


@app.command()
def bedside(
    out: Annotated[Path, typer.Argument(help="Video to write; its truth goes beside it as <stem>.json.")],
    seed: Annotated[int, typer.Option(help="Everything in the scene follows from it.")] = 0,
    duration_seconds: Annotated[float, typer.Option(help="Length of the scene.")] = 120.0,
    look: Annotated[Look, typer.Option(help="Sensor that sees the scene.")] = Look.random,
    width: Annotated[int, typer.Option(help="Pixels, even.")] = 320,
    height: Annotated[int, typer.Option(help="Pixels, even.")] = 240,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 15.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """An ICU room seen from below its ceiling, in which a patient is mobilised."""
    from models.simulation.bedside import BedsideScene

    _require_writable(out)
    try:
        scene = BedsideScene(
            seed, duration_seconds=duration_seconds, look=look.value, height=height, width=width, frame_rate_hz=fps
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _write_with_progress(scene, out)
    look_of, num_events, truth = scene.truth.look, len(scene.truth.events), out.with_suffix(".json")
    if as_json:
        record = {"duration_seconds": duration_seconds, "look": look_of, "num_events": num_events, "seed": seed}
        typer.echo(json.dumps({"video": str(out), "truth": str(truth), **record}))
        return
    events = f"{num_events} event{'' if num_events == 1 else 's'}"
    typer.echo(f"{out}: {duration_seconds:g} s, look {look_of}, {events}; truth in {truth.name}")


def _write_with_progress(scene: "BedsideScene", out: Path) -> None:
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    from app.scene_files import write_scene

    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(out.name, total=scene.num_frames, rate="")

        def advance() -> None:
            speed = progress.tasks[task].speed
            progress.update(task, advance=1, rate=f"{speed:.0f} frames/s" if speed else "")

        write_scene(scene, out, on_frame=advance)


def _require_writable(out: Path) -> None:
    if out.suffix.lower() not in (".mp4", ".mkv", ".mov"):
        raise typer.BadParameter(f"must end in .mp4, .mkv or .mov, got {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")
