"""`vigil simulate echo`: a labelled synthetic echocardiogram, as a video or a DICOM cine."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.commands.simulated_scene import VIDEO_SUFFIXES, Seed, make_scene, tell
from app.console.options import JsonOption


class EchoView(StrEnum):
    """What the probe looks at."""

    apical_four_chamber = "apical_four_chamber"
    apical_two_chamber = "apical_two_chamber"
    parasternal_long_axis = "parasternal_long_axis"
    parasternal_short_axis = "parasternal_short_axis"
    no_heart = "no_heart"


class EchoRhythm(StrEnum):
    """How regularly the heart beats."""

    random = "random"
    sinus = "sinus"
    atrial_fibrillation = "atrial_fibrillation"
    ectopic = "ectopic"


def echo(
    out: Annotated[
        Path, typer.Argument(help="Video (.mp4, .mkv, .mov) or cine (.dcm) to write; truth as <stem>.json.")
    ],
    seed: Seed = 0,
    view: Annotated[EchoView, typer.Option(help="What the probe looks at.")] = EchoView.apical_four_chamber,
    rhythm: Annotated[EchoRhythm, typer.Option(help="How regularly the heart beats.")] = EchoRhythm.random,
    duration_seconds: Annotated[float | None, typer.Option(help="Length of the loop; else drawn.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; else drawn.")] = None,
    width: Annotated[int | None, typer.Option(help="Pixels, even; else drawn.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels, even; else drawn.")] = None,
    as_json: JsonOption = False,
) -> None:
    """An echocardiogram whose volumes, contours and beats are known exactly."""
    from app.echo.scene_files import write_echo_scene
    from models.simulation.echo.scene import EchoScene

    if (width is None) != (height is None):
        raise typer.BadParameter("--width and --height go together")
    make = partial(
        EchoScene,
        seed,
        view=view.value,
        rhythm=rhythm.value,
        duration_seconds=duration_seconds,
        frame_rate_hz=fps,
        size=(width, height) if width and height else None,
    )
    truth = make_scene(make, write_echo_scene, out, suffixes=(*VIDEO_SUFFIXES, ".dcm")).truth
    facts = {
        "duration_seconds": truth.duration_seconds,
        "frame_rate_hz": truth.frame_rate_hz,
        "view": view.value,
        "rhythm": truth.rhythm,
        "ef_percent": truth.ef_percent,
        "num_beats": len(truth.beats),
        "seed": seed,
    }
    ejected = "no heart" if truth.ef_percent is None else f"EF {truth.ef_percent:.1f} % over {len(truth.beats)} beats"
    line = (
        f"{view.value}, {truth.duration_seconds:.2f} s at {truth.frame_rate_hz:g} frames a second, "
        f"{truth.rhythm}, {ejected}; truth in {out.stem}.json"
    )
    tell(out, facts, line, as_json=as_json)
