"""`vigil evaluate` of training on volumes: networks are taught, measured and put into one report."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from app.evaluation.report.document import Document
    from models.training.phases import Phases

VOLUME_KINDS = ("annotation", "cardiac")
Work = Callable[[Path, "Phases"], "Document"]
"""Carries an evaluation out in a folder."""


def evaluate_volumes(kind: object, config: Path, out: Path | None, *, as_json: bool) -> None:
    """Carry out what a file of one of `VOLUME_KINDS` asks for."""
    from app.commands.train import show_phases
    from app.evaluation.run import write_report

    try:
        name, work = _annotation(config) if kind == "annotation" else _cardiac(config)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    folder = out or Path("evaluation") / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with show_phases() as phases:
            document = work(folder, phases)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    write_report(document, folder)
    report = "report.json" if as_json else "report.md"
    typer.echo((folder / report).read_text(encoding="utf-8").rstrip())


def _annotation(path: Path) -> tuple[str, Work]:
    from app.evaluation.annotation.config import load_annotation_config
    from app.evaluation.annotation.report import annotation_document
    from app.evaluation.annotation.run import run_annotation

    settings = load_annotation_config(path)
    return settings.name, lambda folder, phases: annotation_document(settings, run_annotation(settings, folder, phases))


def _cardiac(path: Path) -> tuple[str, Work]:
    from app.evaluation.cardiac.config import load_cardiac_config
    from app.evaluation.cardiac.report import cardiac_document
    from app.evaluation.cardiac.run import run_cardiac

    settings = load_cardiac_config(path)
    return settings.name, lambda folder, phases: cardiac_document(settings, run_cardiac(settings, folder, phases))
