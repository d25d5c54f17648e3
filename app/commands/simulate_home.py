"""`vigil simulate home`: a labelled synthetic room in which somebody may fall, as a video with its truth beside it."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.simulate_bedside import Look
from app.commands.simulated_scene import AsJson, Seed, refusing_wrong_options, require_place, showing_frames, tell


def home(
    out: Annotated[Path, typer.Argument(help="Video (.mp4, .mkv, .mov) to write; truth as <stem>.json.")],
    seed: Seed = 0,
    duration_seconds: Annotated[float, typer.Option(help="Length of the scene.")] = 30.0,
    look: Annotated[Look, typer.Option(help="Sensor that sees the scene.")] = Look.random,
    width: Annotated[int, typer.Option(help="Pixels, even.")] = 320,
    height: Annotated[int, typer.Option(help="Pixels, even.")] = 240,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 15.0,
    as_json: AsJson = False,
) -> None:
    """A room in which somebody walks, sits, bends, lies down on purpose, and in most scenes falls."""
    from app.scene_files import write_scene
    from models.simulation.home.scene import HomeScene

    require_place(out)
    with refusing_wrong_options():
        scene = HomeScene(
            seed, duration_seconds=duration_seconds, look=look.value, height=height, width=width, frame_rate_hz=fps
        )
    with showing_frames(out, scene.num_frames) as advance:
        write_scene(scene, out, on_frame=advance)
    num_falls = len(scene.truth.events)
    facts = {"duration_seconds": duration_seconds, "look": scene.truth.look, "num_events": num_falls, "seed": seed}
    line = f"{duration_seconds:g} s, look {scene.truth.look}, {num_falls or 'no'} fall; truth in {out.stem}.json"
    tell(out, facts, line, as_json=as_json)
