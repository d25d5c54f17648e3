"""`vigil evaluate`: how good a model is, held against the truth, in a report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.echo import ECHO_NETWORKS, read_echocardiograms
from app.commands.evaluate_volumes import VOLUME_KINDS, evaluate_volumes
from app.console.exits import EXIT_FAILED, EXIT_PARTLY, EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from app.evaluation.config import EvaluationConfig
    from app.evaluation.run import Evaluated
    from models.predictor import ModelCard


def evaluate(
    config: Annotated[Path, typer.Argument(help="Evaluation, such as configs/evaluate/bedside.yaml.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; else evaluation/<name>.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Result files of `vigil analyze` to judge, instead of running the model.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="threads of the CPU for the model; 0: all cores")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print the report's numbers as one JSON object")] = False,
) -> None:
    """Hold what a model says of videos against the truth, and write report.html, report.md and report.json.

    Exit code 0: done; 3: done, but the model gave nothing for some videos, named in the report;
    1: the data cannot be judged; 2: wrong use or configuration.
    """
    from app.evaluation.run import evaluate as carry_out

    kind = _kind_of(config)
    if kind == "comparison":
        _compare(config, out, as_json=as_json)
        return
    if kind in VOLUME_KINDS:
        evaluate_volumes(kind, config, out, as_json=as_json)
        return
    if kind == "pictures":
        _finish(*_evaluate_pictures(config, out, predictions, device=device, threads=threads), as_json=as_json)
        return
    settings = _settings(config, predictions)
    folder = out or Path("evaluation") / settings.name

    def run_model(card: "ModelCard", videos: list[str], results: Path) -> None:
        from app.evaluation.model_run import run_model as analyse
        from stream.batch.inputs import find_inputs

        if card.network in ECHO_NETWORKS:
            found = find_inputs(videos)
            read_echocardiograms(card, found, results, formats=("jsonl",), device=device, threads=threads, resume=True)
            return
        analyse(card, videos, results, device=device, threads=threads)

    try:
        evaluated = carry_out(settings, folder, run_model)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    _finish(evaluated, folder, as_json=as_json)


def _finish(evaluated: "Evaluated", folder: Path, *, as_json: bool) -> None:
    _tell(evaluated, folder, as_json=as_json)
    if not evaluated.is_complete:
        raise typer.Exit(EXIT_PARTLY)


def _kind_of(path: Path) -> object:
    """Return what the file asks for: "comparison" of networks, "pictures", or None; what is wrong is said later."""
    from models.yaml_lines import read_lined_yaml

    try:
        values = read_lined_yaml(path).values
    except ValueError:
        return None
    return values.get("kind") if isinstance(values, dict) else None


def _evaluate_pictures(
    path: Path, out: Path | None, predictions: Path | None, *, device: str, threads: int
) -> tuple["Evaluated", Path]:
    from app.commands.train import show_phases
    from app.evaluation.pictures.config import load_picture_evaluation
    from app.evaluation.pictures.run import evaluate_pictures

    try:
        settings = load_picture_evaluation(path)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    settings = settings.model_copy(update={"predictions": predictions}) if predictions else settings
    folder = out or Path("evaluation") / settings.name
    try:
        with show_phases() as phases:
            return evaluate_pictures(settings, folder, phases, device=device, threads=threads), folder
    except ValueError as error:
        fail(str(error), EXIT_FAILED)


def _compare(path: Path, out: Path | None, *, as_json: bool) -> None:
    from app.commands.train import show_phases
    from app.evaluation.comparison.config import load_comparison_config
    from app.evaluation.comparison.report import comparison_document
    from app.evaluation.comparison.run import run_comparison
    from app.evaluation.run import write_report

    try:
        settings = load_comparison_config(path)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    folder = out or Path("evaluation") / settings.name
    try:
        with show_phases() as phases:
            results = run_comparison(settings, folder, phases)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    write_report(comparison_document(settings, results), folder)
    name = "report.json" if as_json else "report.md"
    typer.echo((folder / name).read_text(encoding="utf-8").rstrip())


def _settings(path: Path, predictions: Path | None) -> "EvaluationConfig":
    from app.evaluation.config import load_evaluation_config

    try:
        settings = load_evaluation_config(path)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    return settings.model_copy(update={"predictions": predictions}) if predictions else settings


def _tell(evaluated: "Evaluated", folder: Path, *, as_json: bool) -> None:
    from app.evaluation.report.document import exact_text, interval_text, number_text

    if as_json:
        typer.echo((folder / "report.json").read_text(encoding="utf-8").rstrip())
        return
    for answer in evaluated.answers:
        typer.echo(f"{answer.question.title} ({len(answer.cases)} {evaluated.unit})")
        for one in answer.measured:
            if one.is_headline:
                value = number_text(one.interval.value, one.unit)
                typer.echo(f"  {one.title:52} {value:>14}   ({exact_text(one) or interval_text(one)})")
    for warning in evaluated.document.warnings:
        typer.echo(f"note: {warning}", err=True)
    typer.echo(f"report: {folder / 'report.html'}")
