"""An evaluation from its configuration to its report: truth, results, questions, answers, files."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.evaluation.asking import ask, ask_question
from app.evaluation.casework import Casework, join
from app.evaluation.config import EvaluationConfig
from app.evaluation.layouts.label_maps import read_overlaps
from app.evaluation.looping import loop_missing
from app.evaluation.prediction_files import read_predictions
from app.evaluation.rendering import render_missing
from app.evaluation.report.document import Document
from app.evaluation.report.html import to_html
from app.evaluation.report.markdown import write_markdown
from app.evaluation.report.summary import document_of
from app.evaluation.truths import read_truths
from models.evaluation.cases import Case, Truth
from models.evaluation.questions.masks import MaskQuestion
from models.evaluation.questions.question import Answer
from models.predictor import ModelCard
from models.registry import find_card
from models.serving import serve_as

MAX_NAMED = 8

RunModel = Callable[[ModelCard, list[str], Path], None]
"""Runs a model over videos and leaves its result files in a folder."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A finished evaluation."""

    document: Document
    answers: tuple[Answer, ...]
    casework: Casework
    unit: str = "videos"
    """What was judged."""

    @property
    def is_complete(self) -> bool:
        """Whether the model answered for every video."""
        return not self.casework.without_answer


def evaluate(config: EvaluationConfig, out: Path, run_model: RunModel) -> Evaluated:
    """Carry out an evaluation and write report.html, report.md (with its plots) and report.json into a folder.

    Raises:
        ValueError: truth or results cannot be used; a line for each reason, with file and line.
        OSError: the folder cannot be written.
    """
    if config.masks and config.predictions:
        return _evaluate_masks(config, config.masks.labels, config.predictions, out)
    if config.truth.render:
        render_missing(config.truth.render, config.truth.videos)
    if config.truth.loops:
        loop_missing(config.truth.loops, config.truth.videos)
    truths = read_truths(config.truth, tuple(config.measurements))
    card = _card_of(config)
    place = config.predictions or _predicted(card, truths, out, run_model)
    casework = join(
        truths, read_predictions(place, config.model), background=config.background, others=config.truth.others
    )
    answers = tuple(ask(config, casework, card))
    if not answers:
        raise ValueError(f"{place}: results and truth have nothing in common that could be judged")
    document = document_of(config, casework, answers, card)
    write_report(document, out)
    return Evaluated(document, answers, casework)


def _evaluate_masks(config: EvaluationConfig, labels: dict[str, int], found: Path, out: Path) -> Evaluated:
    """Judge label maps, each picture a case of its own."""
    overlaps, missing = read_overlaps(config.truth.videos, found, labels)
    cases = (
        *(Case(Truth(name)) for name in overlaps),
        *(Case(Truth(name), is_answered=False) for name in missing),
    )
    casework = Casework(cases, tuple(missing), (), tuple(labels))
    answers = tuple(ask_question(MaskQuestion(overlaps), casework, config))
    document = document_of(config, casework, answers, None)
    write_report(document, out)
    return Evaluated(document, answers, casework)


def write_report(document: Document, out: Path) -> None:
    """Write a report in its three forms into a folder, made when missing."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text(to_html(document), encoding="utf-8")
    write_markdown(document, out / "report.md")
    text = json.dumps(_without_nan(document.to_json()), indent=2, ensure_ascii=False, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")


def _predicted(card: ModelCard | None, truths: list[Truth], out: Path, run_model: RunModel) -> Path:
    if card is None:
        raise ValueError("model must name what is to be run")
    missing = [truth.location for truth in truths if not Path(truth.location).is_file()]
    if missing:
        raise ValueError("\n".join(f"{path}: there is no such video" for path in missing[:MAX_NAMED]))
    folder = out / "predictions"
    run_model(card, [truth.location for truth in truths], folder)
    return folder


def _card_of(config: EvaluationConfig) -> ModelCard | None:
    """The card of the model; of a model that this machine does not know, results alone can be judged."""
    if config.model is None:
        return None
    try:
        return serve_as(find_card(config.model), config.mode)
    except ValueError:
        if config.predictions:
            return None
        raise


def _without_nan(value: object) -> object:
    """JSON knows no numbers that are none, and no infinity: both become null."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
