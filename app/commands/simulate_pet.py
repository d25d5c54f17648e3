"""`vigil simulate pet`: a labelled synthetic PET of a brain, as NIfTI or as a DICOM series."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.simulated_scene import Seed
from app.console.exits import EXIT_FAILED, fail
from app.console.options import JsonOption


class PetGrid(StrEnum):
    """The voxels of a scan."""

    scanner = "scanner"
    small = "small"


def pet(
    out: Annotated[
        Path,
        typer.Argument(
            help="Volume (.nii.gz, .nii) to write, or a new folder for a DICOM series; beside it <stem>.json, the "
            "truth, and <stem>_labels.nii.gz, the lesions."
        ),
    ],
    seed: Seed = 0,
    grid: Annotated[PetGrid, typer.Option(help="As a scanner makes it, or 64 x 64 x 40 voxels.")] = PetGrid.scanner,
    lesions: Annotated[int | None, typer.Option(help="How many; else drawn, 0 to 3.")] = None,
    as_json: JsonOption = False,
) -> None:
    """An 18F-FET PET of a brain with its lesions, in SUV."""
    from app.imaging.scene_files import VOLUME_SUFFIXES, write_volume_scene
    from models.simulation.pet.scene import PetScene
    from stream.errors import StreamError
    from stream.imaging.writing.pet_series import TracerDose, write_pet_series
    from stream.imaging.writing.volume_files import write_volume

    is_series = not out.suffix
    _require_place(out, suffixes=VOLUME_SUFFIXES)
    try:
        scene = PetScene(seed, grid=grid.value, num_lesions=lesions)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    truth = scene.truth
    dose = TracerDose(**vars(truth.injection))
    try:
        labels, told = write_volume_scene(
            scene, out, write=(lambda path, volume: write_pet_series(path, volume, dose)) if is_series else write_volume
        )
    except StreamError as error:
        fail(str(error), EXIT_FAILED)
    facts = {
        "volume": str(out),
        "labels": str(labels),
        "truth": str(told),
        "shape": truth.shape,
        "spacing_mm": truth.spacing_mm,
        "num_lesions": len(truth.lesions),
        "seed": seed,
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    size = " x ".join(str(count) for count in truth.shape)
    number = f"{len(truth.lesions) or 'no'} lesion{'' if len(truth.lesions) == 1 else 's'}"
    typer.echo(f"{out}: {size} voxels, {number}; truth in {told.name} and {labels.name}")


def _require_place(out: Path, *, suffixes: tuple[str, ...]) -> None:
    if out.suffix and not out.name.lower().endswith(suffixes):
        raise typer.BadParameter(f"must end in .nii.gz or .nii, or name a folder, got {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")
