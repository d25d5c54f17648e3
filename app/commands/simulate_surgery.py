"""`vigil simulate surgery`: a labelled synthetic operation, as a video with its truth beside it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.commands.simulated_scene import Pixels, Seed, make_scene, tell
from app.console.options import JsonOption


def surgery(
    out: Annotated[
        Path, typer.Argument(help="Video (.mp4, .mkv, .mov) to write; truth as <stem>.json and Cholec80's text files.")
    ],
    seed: Seed = 0,
    hours: Annotated[float | None, typer.Option(help="Length of the operation; else drawn, 0.2 to 1.25.")] = None,
    width: Pixels = 320,
    height: Pixels = 240,
    fps: Annotated[float, typer.Option(help="Frames a second; phases are recognised at one.")] = 1.0,
    as_json: JsonOption = False,
) -> None:
    """A laparoscopic cholecystectomy seen through the endoscope, with its seven phases."""
    from app.scene_files import write_scene
    from models.simulation.surgery.operation import SurgeryScene

    def write(scene: SurgeryScene, video: Path, *, on_frame: Callable[[], None]) -> None:
        texts = {"-phase.txt": scene.truth.phase_text(), "-tool.txt": scene.truth.tool_text()}
        write_scene(scene, video, texts=texts, on_frame=on_frame)

    seconds = None if hours is None else hours * 3600
    make = partial(SurgeryScene, seed, duration_seconds=seconds, height=height, width=width, frame_rate_hz=fps)
    truth = make_scene(make, write, out).truth
    facts = {
        "duration_seconds": truth.duration_seconds,
        "num_frames": truth.num_frames,
        "num_phases": len(truth.phases),
        "seed": seed,
    }
    line = (
        f"{truth.duration_seconds / 60:.0f} min, {truth.num_frames} frames, {len(truth.phases)} phases; "
        f"truth in {out.stem}.json, {out.stem}-phase.txt and {out.stem}-tool.txt"
    )
    tell(out, facts, line, as_json=as_json)
