"""`vigil evaluate`: how good a model is, held against the truth, in a report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.commands.echo import ECHO_NETWORKS, read_echocardiograms
from app.console.exits import EXIT_FAILED, EXIT_PARTLY, EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from app.evaluation.kinds import JudgingKind, StudyKind
    from app.evaluation.run import Evaluated
    from models.config_file import RunConfig
    from models.predictor import ModelCard

Result = TypeVar("Result")
Config = TypeVar("Config", bound="RunConfig")


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
    from app.evaluation.kinds import JUDGED, STUDIES, kind_of

    kind = _understood(lambda: kind_of(config))
    if kind in STUDIES:
        _study(STUDIES[kind], config, out, as_json=as_json)
        return
    run = Run(config, out, predictions, device, threads)
    evaluated, folder = _judge(JUDGED[kind], run) if kind in JUDGED else _judge_videos(run)
    _tell(evaluated, folder, as_json=as_json)
    if not evaluated.is_complete:
        raise typer.Exit(EXIT_PARTLY)


@dataclass(frozen=True)
class Run:
    """What was typed."""

    config: Path
    out: Path | None
    predictions: Path | None
    device: str
    threads: int


def _judge_videos(run: Run) -> tuple["Evaluated", Path]:
    from app.evaluation.config import EvaluationConfig
    from app.evaluation.run import evaluate as carry_out

    settings, folder = _settings(EvaluationConfig.load, run)

    def run_model(card: "ModelCard", videos: list[str], results: Path) -> None:
        from app.evaluation.model_run import run_model as analyse
        from stream.batch.inputs import find_inputs

        if card.network in ECHO_NETWORKS:
            found = find_inputs(videos)
            read_echocardiograms(
                card, found, results, formats=("jsonl",), device=run.device, threads=run.threads, resume=True
            )
            return
        analyse(card, videos, results, device=run.device, threads=run.threads)

    return _done(lambda: carry_out(settings, folder, run_model)), folder


def _judge(kind: "JudgingKind", run: Run) -> tuple["Evaluated", Path]:
    from app.commands.train import show_phases

    settings, folder = _settings(kind.load, run)
    with show_phases() as phases:
        return _done(lambda: kind.run(settings, folder, phases, device=run.device, threads=run.threads)), folder


def _settings(load: Callable[[Path], Config], run: Run) -> tuple[Config, Path]:
    """Return what a configuration says, with the predictions that were typed, and the folder of the report."""
    settings = _understood(lambda: load(run.config))
    if run.predictions:
        if "predictions" not in type(settings).model_fields:
            fail(f"{run.config}: this kind runs the model itself; leave --predictions out", EXIT_WRONG_USE)
        settings = settings.model_copy(update={"predictions": run.predictions})
    return settings, run.out or _folder_of(settings)


def _study(kind: "StudyKind", path: Path, out: Path | None, *, as_json: bool) -> None:
    from app.commands.train import show_phases
    from app.evaluation.run import write_report

    settings = _understood(lambda: kind.load(path))
    folder = out or _folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with show_phases() as phases:
        document = _done(lambda: kind.run(settings, folder, phases))
    write_report(document, folder)
    _tell_report(folder, as_json=as_json)


def _understood(read: Callable[[], Result]) -> Result:
    """Return what a configuration says, or end: it is wrong."""
    try:
        return read()
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)


def _done(work: Callable[[], Result]) -> Result:
    """Return what comes of an evaluation, or end: its data cannot be judged."""
    try:
        return work()
    except ValueError as error:
        fail(str(error), EXIT_FAILED)


def _folder_of(settings: "RunConfig") -> Path:
    return Path("evaluation") / settings.name


def _tell_report(folder: Path, *, as_json: bool) -> None:
    name = "report.json" if as_json else "report.md"
    typer.echo((folder / name).read_text(encoding="utf-8").rstrip())


def _finish(evaluated: "Evaluated", folder: Path, *, as_json: bool) -> None:
    _tell(evaluated, folder, as_json=as_json)
    if not evaluated.is_complete:
        raise typer.Exit(EXIT_PARTLY)


def _tell(evaluated: "Evaluated", folder: Path, *, as_json: bool) -> None:
    from app.evaluation.report.document import exact_text, interval_text, number_text

    if as_json:
        _tell_report(folder, as_json=True)
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
