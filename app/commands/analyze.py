"""`vigil analyze`: video files, folders and DICOM cines in, records, tables and pictures out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.echo import ECHO_NETWORKS, read_echocardiograms
from app.console.arithmetic import chosen_arithmetic

if TYPE_CHECKING:
    from models.predictor import Arithmetic, ModelCard, Predictor, ServingMode
    from stream.analysis import Product
    from stream.batch.inputs import FoundInputs
    from stream.batch.summary import AnalysisSummary

WRONG_USE = 2
PLAIN_WIDTH = 140
"""Columns of the summary where there is no terminal to fit into."""


def analyze(
    inputs: Annotated[list[str], typer.Argument(metavar="PATH|URL|DIR|GLOB...", help="videos, DICOM cines, folders")],
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
    """Analyse videos as the live path does, and write what the models say of every clip.

    Each input gives OUT/NAME.jsonl, NAME.csv and NAME_timeline.png; OUT/summary.json tells of all of them.
    Exit code 0: all done; 3: some were refused or end too early, by name; 1: nothing could be done; 2: wrong use.
    """
    from stream.batch.inputs import find_inputs

    if out.exists() and not out.is_dir():
        raise _wrong_use(f"--out must be a folder, {out} is a file")
    wanted_formats = _chosen(formats, "--format", ("jsonl", "csv"))
    names = [name.strip() for name in model.split(",") if name.strip()]
    found = find_inputs(inputs, excluded=[out])
    _require_inputs(found, seconds)
    if reader := _reader_of_recordings(names):
        summary = read_echocardiograms(
            reader, found, out, formats=wanted_formats, device=device, threads=threads, annotate=annotate, resume=resume
        )
        _report(summary, out, as_json=as_json)
        raise typer.Exit(summary.exit_code)
    cards = _by_flow(_find_cards(names, mode), flow)
    numbers = chosen_arithmetic(arithmetic)
    summary = _run(
        found,
        cards,
        lambda: _load_predictors(cards, device, threads, numbers),
        out,
        formats=wanted_formats,
        products=_products(cards, annotate, seconds),
        resume=resume,
        seconds=seconds,
    )
    _report(summary, out, as_json=as_json)
    raise typer.Exit(summary.exit_code)


def _run(
    found: "FoundInputs",
    cards: "Sequence[ModelCard]",
    load_predictors: "Callable[[], Sequence[Predictor]]",
    out: Path,
    *,
    formats: tuple[str, ...],
    products: "Sequence[Product]",
    resume: bool,
    seconds: float | None,
) -> "AnalysisSummary":
    from rich.console import Console

    from app.analysis.progress import AnalysisProgress
    from stream.analysis import Analysis, AnalysisOptions

    options = AnalysisOptions(formats=formats, resume=resume, end_seconds=seconds)
    progress = AnalysisProgress(Console(stderr=True), sum(entry.size_bytes for entry in found.inputs))
    try:
        with progress:
            analysis = Analysis(cards, load_predictors, out, options=options, products=products, listener=progress)
            return analysis.run(found)
    except ValueError as error:
        raise _wrong_use(str(error)) from error
    except KeyboardInterrupt:
        typer.echo("vigil: stopped; what was finished is in place, --resume goes on from there", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        reason = error.strerror or str(error)
        typer.echo(
            f"vigil: {out}: the outputs cannot be written ({reason}); what was finished is in place; "
            "make room and run again with --resume",
            err=True,
        )
        raise typer.Exit(1) from error


def _report(summary: "AnalysisSummary", out: Path, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    from app.analysis.progress import summary_table

    if as_json:
        typer.echo(json.dumps(summary.to_json(), ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    console.print(summary_table(summary))
    console.print(f"outputs: {out}", markup=False, highlight=False, soft_wrap=True)


def _reader_of_recordings(names: "Sequence[str]") -> "ModelCard | None":
    """Return the card of a model that reads whole echocardiograms; it runs by itself, since it scores no clips."""
    from models.registry import find_card, model_names

    readers = [card for card in map(find_card, set(names) & set(model_names())) if card.network in ECHO_NETWORKS]
    if readers and len(names) > 1:
        raise _wrong_use(f"--model: {readers[0].name} reads whole recordings, name it alone")
    return readers[0] if readers else None


def _find_cards(names: "Sequence[str]", mode: str | None) -> "list[ModelCard]":
    from models.registry import find_card, model_names
    from models.serving import serve_as

    if not names:
        raise _wrong_use(f"--model needs at least one of: {', '.join(model_names())}")
    try:
        cards = [find_card(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise _wrong_use(f"--model: {error}") from error
    for card in cards:
        if card.clip_spec is None:
            raise _wrong_use(f"--model: {card.name} is not a model of video; analyze needs one that takes clips")
    wanted = _serving_mode(mode)
    try:
        return [serve_as(card, wanted) for card in cards]
    except ValueError as error:
        raise _wrong_use(f"--mode: {error}") from error


def _serving_mode(mode: str | None) -> "ServingMode | None":
    if mode is None or mode == "window" or mode == "stream":
        return mode  # type: ignore[return-value]
    raise _wrong_use(f"--mode must be window or stream, got {mode!r}")


def _by_flow(cards: "Sequence[ModelCard]", flow: str | None) -> "list[ModelCard]":
    """Return the cards with the way to measure flow that was asked for, if any."""
    from dataclasses import replace
    from typing import Any

    if flow is None:
        return list(cards)
    wanted: Any = _chosen(flow, "--flow", ("dis", "tvl1"))[0]
    return [replace(card, flow_method=wanted) for card in cards]


def _load_predictors(
    cards: "Sequence[ModelCard]", device: str, threads: int, arithmetic: "Arithmetic"
) -> "list[Predictor]":
    from models.registry import build_predictor

    return [
        build_predictor(
            card.name,
            device=device,
            threads=threads,
            arithmetic=arithmetic,
            mode=card.mode,
            flow_method=card.flow_method,
        )
        for card in cards
    ]


def _products(cards: "Sequence[ModelCard]", annotate: bool, seconds: float | None) -> "list[Product]":
    from app.analysis.annotated_video import AnnotatedVideo
    from app.analysis.timeline import Timeline
    from app.mobility.occurrences import mobility_products
    from app.surgery.products import phase_products

    return [
        Timeline(),
        *phase_products(cards),
        *mobility_products(cards),
        *([AnnotatedVideo(end_seconds=seconds)] if annotate else []),
    ]


def _chosen(text: str, option: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in a list separated by commas; each must be known."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        found = ", ".join(map(repr, unknown)) or "nothing"
        raise _wrong_use(f"{option} must be {' or '.join(known)}, got {found}")
    return names


def _require_inputs(found: "FoundInputs", seconds: float | None) -> None:
    if not found.inputs:
        reasons = "; ".join(f"{pattern}: {reason}" for pattern, reason in found.unmatched)
        raise _wrong_use(f"there is nothing to analyse: {reasons}")
    for entry in found.inputs:
        if entry.location.startswith(("rtsp://", "rtsps://")) and seconds is None:
            raise _wrong_use("a camera has no end; say with --seconds how much of it to analyse")


def _wrong_use(message: str) -> typer.Exit:
    typer.echo(f"vigil: {message}", err=True)
    return typer.Exit(WRONG_USE)
