"""`vigil simulate bedside`: a labelled synthetic ICU room, as a video with its truth beside it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.simulated_scene import AsJson, Seed, refusing_wrong_options, require_place, showing_frames, tell


class Look(StrEnum):
    """Sensor that sees the scene."""

    rgb = "rgb"
    depth = "depth"
    random = "random"


def bedside(
    out: Annotated[Path, typer.Argument(help="Video (.mp4, .mkv, .mov) to write; truth as <stem>.json.")],
    seed: Seed = 0,
    duration_seconds: Annotated[float, typer.Option(help="Length of the scene.")] = 120.0,
    look: Annotated[Look, typer.Option(help="Sensor that sees the scene.")] = Look.random,
    width: Annotated[int, typer.Option(help="Pixels, even.")] = 320,
    height: Annotated[int, typer.Option(help="Pixels, even.")] = 240,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 15.0,
    as_json: AsJson = False,
) -> None:
    """An ICU room seen from below its ceiling, in which a patient is mobilised."""
    from app.scene_files import write_scene
    from models.simulation.bedside import BedsideScene

    require_place(out)
    with refusing_wrong_options():
        scene = BedsideScene(
            seed, duration_seconds=duration_seconds, look=look.value, height=height, width=width, frame_rate_hz=fps
        )
    with showing_frames(out, scene.num_frames) as advance:
        write_scene(scene, out, on_frame=advance)
    look_of, num_events = scene.truth.look, len(scene.truth.events)
    facts = {"duration_seconds": duration_seconds, "look": look_of, "num_events": num_events, "seed": seed}
    events = f"{num_events} event{'' if num_events == 1 else 's'}"
    line = f"{duration_seconds:g} s, look {look_of}, {events}; truth in {out.stem}.json"
    tell(out, facts, line, as_json=as_json)
