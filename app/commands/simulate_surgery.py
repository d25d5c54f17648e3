"""`vigil simulate surgery`: a labelled synthetic operation, as a video with its truth beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.simulation.surgery.operation import SurgeryScene


def surgery(
    out: Annotated[
        Path, typer.Argument(help="Video (.mp4, .mkv, .mov) to write; truth as <stem>.json and Cholec80's text files.")
    ],
    seed: Annotated[int, typer.Option(help="Everything in the operation follows from it.")] = 0,
    hours: Annotated[float | None, typer.Option(help="Length of the operation; else drawn, 0.2 to 1.25.")] = None,
    width: Annotated[int, typer.Option(help="Pixels, even.")] = 320,
    height: Annotated[int, typer.Option(help="Pixels, even.")] = 240,
    fps: Annotated[float, typer.Option(help="Frames a second; phases are recognised at one.")] = 1.0,
) -> None:
    """A laparoscopic cholecystectomy seen through the endoscope, with its seven phases."""
    from models.simulation.surgery.operation import SurgeryScene

    _require_place(out)
    seconds = None if hours is None else hours * 3600
    try:
        scene = SurgeryScene(seed, duration_seconds=seconds, height=height, width=width, frame_rate_hz=fps)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    rate_hz = _write_with_progress(scene, out)
    truth = scene.truth
    typer.echo(
        f"{out}: {truth.duration_seconds / 60:.0f} min, {truth.num_frames} frames, {len(truth.phases)} phases; "
        f"truth in {out.stem}.json, {out.stem}-phase.txt and {out.stem}-tool.txt; {rate_hz:.0f} frames a second"
    )


def _write_with_progress(scene: "SurgeryScene", out: Path) -> float:
    """Write the files and return how many frames a second that was."""
    import time

    from rich.progress import Progress

    from app.scene_files import write_scene

    texts = {"-phase.txt": scene.truth.phase_text(), "-tool.txt": scene.truth.tool_text()}
    began_at = time.monotonic()
    with Progress() as progress:
        task = progress.add_task(out.name, total=scene.num_frames)
        write_scene(scene, out, texts=texts, on_frame=lambda: progress.update(task, advance=1))
    return scene.num_frames / max(time.monotonic() - began_at, 1e-6)


def _require_place(out: Path) -> None:
    if out.suffix.lower() not in (".mp4", ".mkv", ".mov"):
        raise typer.BadParameter(f"must end in .mp4, .mkv or .mov, got {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")
