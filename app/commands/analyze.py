"""`vigil analyze`: videos, pictures, volumes and folders of them in, records, tables and pictures out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from app.commands.echo import ECHO_NETWORKS, read_echocardiograms
from app.commands.samples import find_samples, read_samples
from app.console.choices import one_of, some_of
from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from models.predictor import ModelCard, Predictor
    from stream.analysis import AnalysisOptions, Product
    from stream.batch.inputs import FoundInputs
    from stream.batch.summary import AnalysisSummary

PLAIN_WIDTH = 140
"""Columns of the summary where there is no terminal to fit into."""


def analyze(
    inputs: Annotated[
        list[str], typer.Argument(metavar="PATH|URL|DIR|GLOB...", help="videos, pictures, volumes, folders")
    ],
    model: Annotated[str, typer.Option(help="names of models, separated by commas; see `vigil models list`")],
    out: Annotated[Path, typer.Option(help="folder for the outputs, made when missing")],
    formats: Annotated[str, typer.Option("--format", help="files of records: jsonl, csv, or both")] = "jsonl,csv",
    annotate: Annotated[bool, typer.Option("--annotate", help="also write the video with labels burned in")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="skip inputs whose outputs are complete")] = False,
    mode: Annotated[
        str | None,
        typer.Option(help="window: clips scored alone; stream: as parts of the video; default: as the model's card"),
    ] = None,
    flow: Annotated[
        str | None, typer.Option(help="dis or tvl1: how models of optical flow measure it; default: as their cards say")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="analyse only the first seconds of each input")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="threads of the CPU for the models; 0: all cores")] = 0,
    arithmetic: Annotated[
        str, typer.Option(help="auto, float32, bfloat16, or int8 after `vigil models calibrate`")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as one JSON object")] = False,
) -> None:
    """Analyse videos as the live path does, and write what the models say of every clip; or read pictures or volumes.

    A video gives OUT/NAME.jsonl, NAME.csv and NAME_timeline.png; a picture or volume NAME.jsonl, a label map, an
    overlay and tables, as its model finds regions, objects or findings. OUT/summary.json tells of all of them.
    Exit code 0: all done; 3: some were refused or end too early, by name; 1: nothing could be done; 2: wrong use.
    """
    from app.analysis.model_choice import cards_to_serve, load_predictors, products_of, sole_reader
    from models.flow.methods import FLOW_METHODS
    from models.predictor import Arithmetic, ServingMode
    from stream.analysis import AnalysisOptions
    from stream.batch.inputs import find_inputs

    if out.exists() and not out.is_dir():
        fail(f"vigil: --out must be a folder, {out} is a file", EXIT_WRONG_USE)
    records = some_of("--format", formats, ("jsonl", "csv"))
    serving = one_of("--mode", mode, get_args(ServingMode)) if mode else None
    method = one_of("--flow", flow, FLOW_METHODS) if flow else None
    numbers: Arithmetic = one_of("--arithmetic", arithmetic, get_args(Arithmetic))
    names = [name.strip() for name in model.split(",") if name.strip()]
    with _refusing_wrong_use(), _telling_what_is_in_place(out):
        imaging = sole_reader(names, lambda card: card.reads != "video")
        samples = find_samples(imaging, inputs, out) if imaging else find_inputs(inputs, excluded=[out])
        found = _require_inputs(samples, seconds)
        if imaging:
            summary = read_samples(imaging, found, out, device=device, threads=threads, resume=resume)
        elif reader := sole_reader(names, lambda card: card.network in ECHO_NETWORKS):
            read = partial(read_echocardiograms, device=device, threads=threads, annotate=annotate, resume=resume)
            summary = read(reader, found, out, formats=records)
        else:
            cards = cards_to_serve(names, mode=serving, flow_method=method)
            load = partial(load_predictors, cards, device=device, threads=threads, arithmetic=numbers)
            options = AnalysisOptions(formats=records, resume=resume, end_seconds=seconds)
            products = products_of(cards, annotate=annotate, end_seconds=seconds)
            summary = _run(found, cards, load, out, options=options, products=products)
    _report(summary, out, is_video=imaging is None, as_json=as_json)
    raise typer.Exit(summary.exit_code)


def _run(
    found: "FoundInputs",
    cards: "Sequence[ModelCard]",
    load_predictors: "Callable[[], Sequence[Predictor]]",
    out: Path,
    *,
    options: "AnalysisOptions",
    products: "Sequence[Product]",
) -> "AnalysisSummary":
    from rich.console import Console

    from app.analysis.progress import AnalysisProgress
    from stream.analysis import Analysis

    with AnalysisProgress(Console(stderr=True), sum(entry.size_bytes for entry in found.inputs)) as progress:
        analysis = Analysis(cards, load_predictors, out, options=options, products=products, listener=progress)
        return analysis.run(found)


@contextmanager
def _refusing_wrong_use() -> Iterator[None]:
    """End the command with exit code 2 when it cannot be done as it was asked for."""
    try:
        yield
    except ValueError as error:
        fail(f"vigil: {error}", EXIT_WRONG_USE)


@contextmanager
def _telling_what_is_in_place(out: Path) -> Iterator[None]:
    """End the command with exit code 1 when it is interrupted or the disk is full."""
    try:
        yield
    except KeyboardInterrupt:
        fail("vigil: stopped; what was finished is in place, --resume goes on from there", EXIT_FAILED)
    except OSError as error:
        fail(
            f"vigil: {out}: the outputs cannot be written ({error.strerror or error}); what was finished is in place; "
            "make room and run again with --resume",
            EXIT_FAILED,
        )


def _report(summary: "AnalysisSummary", out: Path, *, is_video: bool, as_json: bool) -> None:
    import json

    from rich.console import Console

    from app.analysis.summing_up import summary_table
    from app.imaging.progress import imaging_table

    if as_json:
        typer.echo(json.dumps(summary.to_json(), ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    console.print(summary_table(summary) if is_video else imaging_table(summary))
    console.print(f"outputs: {out}", markup=False, highlight=False, soft_wrap=True)


def _require_inputs(found: "FoundInputs", seconds: float | None) -> "FoundInputs":
    if not found.inputs:
        reasons = "; ".join(f"{pattern}: {reason}" for pattern, reason in found.unmatched)
        fail(f"vigil: there is nothing to analyse: {reasons}", EXIT_WRONG_USE)
    for entry in found.inputs:
        if entry.location.startswith(("rtsp://", "rtsps://")) and seconds is None:
            fail("vigil: a camera has no end; say with --seconds how much of it to analyse", EXIT_WRONG_USE)
    return found
