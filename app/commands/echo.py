"""`vigil echo`: the ejection fraction of echocardiograms; `vigil analyze` does the same with the models for it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console.exits import EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from models.predictor import ModelCard
    from stream.batch.inputs import FoundInputs
    from stream.batch.summary import AnalysisSummary, InputReport

ECHO_NETWORKS = ("echo_ef", "echonet_ef")


def echo(
    inputs: Annotated[list[str], typer.Argument(metavar="PATH|DIR|GLOB...", help="DICOM cines and videos")],
    out: Annotated[
        Path | None, typer.Option(help="folder for the outputs; default: where the dashboard's echo page looks")
    ] = None,
    model: Annotated[str, typer.Option(help="echo_ef, or echonet_ef after its import")] = "echo_ef",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="threads of the CPU; 0: all cores")] = 0,
    annotate: Annotated[bool, typer.Option("--annotate", help="also write the video with the contour")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the readings as one JSON list")] = False,
) -> None:
    """Read the ejection fraction off apical four-chamber echocardiograms, or say why it cannot be read.

    Exit code 0: all read; 3: some refused, with the reason; 1: all refused; 2: wrong use.
    """
    from app.console.connection import read_settings
    from app.echo.place import readings_folder
    from models.registry import find_card
    from stream.batch.inputs import find_inputs

    try:
        card = find_card(model)
    except ValueError as error:
        fail(f"vigil: --model: {error}", EXIT_WRONG_USE)
    if card.network not in ECHO_NETWORKS:
        fail(f"vigil: --model must read echocardiograms, {model} does not; use echo_ef", EXIT_WRONG_USE)
    folder = out or readings_folder(read_settings())
    found = find_inputs(inputs, excluded=[folder])
    summary = read_echocardiograms(card, found, folder, device=device, threads=threads, annotate=annotate)
    if as_json:
        typer.echo(json.dumps([_reading(folder, report) for report in summary.reports], ensure_ascii=False))
    raise typer.Exit(summary.exit_code)


def read_echocardiograms(
    card: "ModelCard",
    found: "FoundInputs",
    out: Path,
    *,
    formats: Sequence[str] = ("jsonl", "csv"),
    device: str = "auto",
    threads: int = 0,
    annotate: bool = False,
    resume: bool = False,
) -> "AnalysisSummary":
    """Read every input with one model, telling of each on the error stream."""
    from app.echo.analysis import EchoAnalysis, EchoOptions
    from models.predictors.echo_building import build_echo_ef
    from models.runtime.options import RuntimeOptions

    options = EchoOptions(tuple(formats), annotate=annotate, resume=resume)
    try:
        analysis = EchoAnalysis(
            card, lambda: build_echo_ef(card, RuntimeOptions(device=device, threads=threads)), out, options
        )
        return analysis.run(found, lambda report: _tell(report, out))
    except ValueError as error:
        fail(f"vigil: {error}", EXIT_WRONG_USE)


def _tell(report: "InputReport", out: Path) -> None:
    if report.state == "skipped":
        typer.echo(f"{report.source}: done before", err=True)
        return
    reading = _reading(out, report)
    if report.state == "refused":
        typer.echo(f"{report.source}: not read: {report.reason}", err=True)
        return
    beats = ", ".join(f"{beat['ef_percent']:.0f}" for beat in reading["beats"])
    typer.echo(
        f"{report.source}: EF {reading['ef_percent']:.1f} % over {len(reading['beats'])} beats ({beats}); "
        f"by area and length {reading['volume_ef_percent']:.1f} %; {out / report.name}_echo.png",
        err=True,
    )


def _reading(out: Path, report: "InputReport") -> dict:  # type: ignore[type-arg]
    path = out / f"{report.name}_echo.json"
    if report.outputs and path.exists():
        reading = json.loads(path.read_text(encoding="utf-8"))
        return {key: value for key, value in reading.items() if key not in ("contours", "areas", "pts_seconds")}
    return {"source": report.source, "refusal": {"code": report.state, "reason": report.reason}}
