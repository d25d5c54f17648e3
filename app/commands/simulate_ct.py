"""`vigil simulate ct`: CT of a chest with nodules of which everything is known, one scan or a set like LUNA16."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.simulated_scene import Seed
from app.console.exits import EXIT_FAILED, fail
from app.console.options import JsonOption

if TYPE_CHECKING:
    from models.simulation.thorax.scan import ThoraxScan


def ct(
    out: Annotated[
        Path,
        typer.Argument(
            help="Scan (.nii.gz, .nii, .mhd) to write, with <stem>.json, the truth, and <stem>_labels.nii.gz, the "
            "nodules; or a new folder for scans laid out as LUNA16's."
        ),
    ],
    seed: Seed = 0,
    size: Annotated[int, typer.Option(help="Rows and columns.")] = 256,
    slices: Annotated[int, typer.Option(help="How many, from the feet to the head.")] = 120,
    slice_mm: Annotated[float | None, typer.Option(help="Thickness of a slice; else drawn, 1 to 2.5.")] = None,
    nodules: Annotated[int | None, typer.Option(help="How many; else drawn, 1 to 7.")] = None,
    scans: Annotated[int, typer.Option(min=1, help="How many, of a set: seeds in a row.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """A CT of the chest: lungs with vessels, airways and fissures, and nodules of all kinds in them."""
    from app.imaging.scene_files import VOLUME_SUFFIXES, write_volume_scene
    from models.simulation.thorax.scan import ThoraxScan
    from stream.errors import StreamError
    from stream.imaging.luna16 import write_luna16
    from stream.imaging.writing.metaimage_files import write_metaimage
    from stream.imaging.writing.volume_files import write_volume

    _require_place(out, (*VOLUME_SUFFIXES, ".mhd"), scans)
    try:
        drawn = [
            ThoraxScan(number, size=size, num_slices=slices, slice_mm=slice_mm, num_nodules=nodules)
            for number in range(seed, seed + scans)
        ]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        if not out.suffix:
            write_luna16(out, ((f"vigil.ct.{scan.truth.seed}", scan) for scan in drawn))
            facts: dict[str, Any] = {"folder": str(out), "num_scans": scans, "seed": seed}
            line = f"{scans} scan{'' if scans == 1 else 's'} laid out as LUNA16's"
        else:
            write = write_metaimage if out.suffix == ".mhd" else write_volume
            labels, truth = write_volume_scene(drawn[0], out, write=write)
            facts = {"volume": str(out), "labels": str(labels), "truth": str(truth), **_facts(drawn[0])}
            line = f"{_described(drawn[0])}; truth in {truth.name} and {labels.name}"
    except StreamError as error:
        fail(str(error), EXIT_FAILED)
    typer.echo(json.dumps(facts) if as_json else f"{out}: {line}")


def _require_place(out: Path, suffixes: tuple[str, ...], num_scans: int) -> None:
    if out.suffix and not out.name.lower().endswith(suffixes):
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise typer.BadParameter(f"must end in {endings}, or name a folder, got {out.name!r}", param_hint="OUT")
    if out.suffix and num_scans > 1:
        raise typer.BadParameter(f"{num_scans} scans need a folder, got the file {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")


def _facts(scan: "ThoraxScan") -> dict[str, Any]:
    truth = scan.truth
    return {
        "shape": truth.shape,
        "spacing_mm": truth.spacing_mm,
        "num_nodules": len(truth.nodules),
        "seed": truth.seed,
    }


def _described(scan: "ThoraxScan") -> str:
    truth = scan.truth
    size = " x ".join(str(count) for count in truth.shape)
    spacing = " x ".join(f"{step:.2f}" for step in truth.spacing_mm)
    count = len(truth.nodules)
    return f"{size} voxels of {spacing} mm, {count or 'no'} nodule{'' if count == 1 else 's'}"
