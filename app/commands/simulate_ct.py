"""`vigil simulate ct`: CT of a chest with nodules of which everything is known, one scan or a set like LUNA16."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.simulated_scene import Seed
from app.console.exits import EXIT_FAILED, fail
from app.console.options import JsonOption

if TYPE_CHECKING:
    from models.simulation.thorax.real_scan import RealScan
    from models.simulation.thorax.scan import ThoraxScan

_SIZE, _SLICES = 256, 120


def ct(
    out: Annotated[
        Path,
        typer.Argument(
            help="Scan (.nii.gz, .nii, .mhd) to write, with <stem>.json, the truth, and <stem>_labels.nii.gz, the "
            "nodules; or a new folder for scans laid out as LUNA16's."
        ),
    ],
    seed: Seed = 0,
    into: Annotated[
        str | None,
        typer.Option(metavar="SCAN", help="A real CT (file, or folder of DICOM) whose lungs the nodules are set into."),
    ] = None,
    size: Annotated[int | None, typer.Option(help=f"Rows and columns; else {_SIZE}.")] = None,
    slices: Annotated[int | None, typer.Option(help=f"How many, from the feet to the head; else {_SLICES}.")] = None,
    slice_mm: Annotated[float | None, typer.Option(help="Thickness of a slice; else drawn, 1 to 2.5.")] = None,
    nodules: Annotated[int | None, typer.Option(help="How many; else drawn, 1 to 7.")] = None,
    scans: Annotated[int, typer.Option(min=1, help="How many, of a set: seeds in a row.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """A CT of the chest: lungs with vessels, airways and fissures, and nodules of all kinds in them.

    With --into SCAN a real CT takes the place of the simulated one, as often as --scans says, each time with others.
    """
    from app.imaging.scene_files import VOLUME_SUFFIXES
    from stream.errors import StreamError

    _require_place(out, (*VOLUME_SUFFIXES, ".mhd"), scans)
    if into is not None and (size, slices, slice_mm) != (None, None, None):
        raise typer.BadParameter("a real scan keeps its own voxels; leave out --size, --slices and --slice-mm")
    seeds = range(seed, seed + scans)
    try:
        if into is None:
            drawn = _simulated(
                seeds, _SIZE if size is None else size, _SLICES if slices is None else slices, slice_mm, nodules
            )
        else:
            drawn = _set_into(into, seeds, nodules)
        facts, line = _write(drawn, out, seeds, into)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except StreamError as error:
        fail(str(error), EXIT_FAILED)
    typer.echo(json.dumps(facts) if as_json else f"{out}: {line}")


def _write(
    drawn: "Iterator[ThoraxScan | RealScan]", out: Path, seeds: range, into: str | None
) -> tuple[dict[str, Any], str]:
    """Write the scans, and return what is told of them, as values and as a line."""
    from app.imaging.scene_files import volume_stem, write_volume_scene
    from stream.imaging.luna16 import write_luna16
    from stream.imaging.writing.metaimage_files import write_metaimage
    from stream.imaging.writing.volume_files import write_volume

    if out.suffix:
        scan = next(drawn)
        labels, truth = write_volume_scene(scan, out, write=write_metaimage if out.suffix == ".mhd" else write_volume)
        facts = {"volume": str(out), "labels": str(labels), "truth": str(truth), **_facts(scan)}
        return facts, f"{_described(scan)}; truth in {truth.name} and {labels.name}"
    stem = "vigil.ct" if into is None else volume_stem(Path(into.partition("#")[0]))
    write_luna16(out, ((f"{stem}.{seed}", scan) for seed, scan in zip(seeds, drawn, strict=True)))
    line = f"{len(seeds)} scan{'' if len(seeds) == 1 else 's'} laid out as LUNA16's"
    return {"folder": str(out), "num_scans": len(seeds), "seed": seeds[0]}, line


def _simulated(
    seeds: range, size: int, num_slices: int, slice_mm: float | None, num_nodules: int | None
) -> "Iterator[ThoraxScan | RealScan]":
    """Return simulated scans; options are checked before the first is made."""
    from models.simulation.thorax.scan import ThoraxScan

    return iter(
        [
            ThoraxScan(seed, size=size, num_slices=num_slices, slice_mm=slice_mm, num_nodules=num_nodules)
            for seed in seeds
        ]
    )


def _set_into(location: str, seeds: range, num_nodules: int | None) -> "Iterator[ThoraxScan | RealScan]":
    """Return copies of a real scan, made one at a time; the first is tried before anything is written."""
    from models.simulation.thorax.real_scan import RealScan
    from stream.imaging.opening import open_volume

    volume = open_volume(location).load()
    first = RealScan(volume, seeds[0], num_nodules=num_nodules)
    rest = (RealScan(volume, seed, num_nodules=num_nodules) for seed in seeds[1:])
    return chain([first], rest)


def _require_place(out: Path, suffixes: tuple[str, ...], num_scans: int) -> None:
    if out.suffix and not out.name.lower().endswith(suffixes):
        endings = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise typer.BadParameter(f"must end in {endings}, or name a folder, got {out.name!r}", param_hint="OUT")
    if out.suffix and num_scans > 1:
        raise typer.BadParameter(f"{num_scans} scans need a folder, got the file {out.name!r}", param_hint="OUT")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"the folder {out.parent} does not exist; make it first", param_hint="OUT")


def _facts(scan: "ThoraxScan | RealScan") -> dict[str, Any]:
    truth = scan.truth
    return {
        "shape": truth.shape,
        "spacing_mm": truth.spacing_mm,
        "num_nodules": len(truth.nodules),
        "seed": truth.seed,
    }


def _described(scan: "ThoraxScan | RealScan") -> str:
    truth = scan.truth
    size = " x ".join(str(count) for count in truth.shape)
    spacing = " x ".join(f"{step:.2f}" for step in truth.spacing_mm)
    count = len(truth.nodules)
    return f"{size} voxels of {spacing} mm, {count or 'no'} nodule{'' if count == 1 else 's'}"
