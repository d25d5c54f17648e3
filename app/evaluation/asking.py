"""Which questions an evaluation asks, from what its data can answer."""

from typing import Any

from app.evaluation.casework import Casework
from app.evaluation.config import EvaluationConfig
from models.evaluation.questions.clips import ClipQuestion
from models.evaluation.questions.events import EventQuestion, MatchRule
from models.evaluation.questions.frames import FrameQuestion
from models.evaluation.questions.measurements import MeasurementQuestion
from models.evaluation.questions.question import Answer, Question, answer
from models.evaluation.questions.views import ViewQuestion
from models.predictor import ModelCard


def ask(config: EvaluationConfig, casework: Casework, card: ModelCard | None) -> list[Answer]:
    """Ask every question that can be asked, and return the answers."""
    return [
        found for question in questions_of(config, casework, card) for found in ask_question(question, casework, config)
    ]


def ask_question(question: Question[Any], casework: Casework, config: EvaluationConfig) -> list[Answer]:
    """Ask one question, and return its answer; nothing where it cannot be asked of any video."""
    settings = config.resampling
    found = answer(
        question,
        casework.cases,
        cluster=settings.cluster,
        groups=[group for group in config.truth.groups if _is_known(group, casework)],
        resampling=settings.plan,
    )
    return [found] if found else []


def questions_of(config: EvaluationConfig, casework: Casework, card: ModelCard | None) -> list[Question[Any]]:
    """Return the questions, the most telling ones first."""
    questions: list[Question[Any]] = [
        MeasurementQuestion(name, quantity.unit, quantity.threshold) for name, quantity in config.measurements.items()
    ]
    event_labels = _event_labels(config, casework, card)
    if event_labels:
        rule = MatchRule(config.events.tolerance_seconds, config.events.onset_window_seconds)
        questions.append(EventQuestion(event_labels, rule))
    if not casework.labels:
        return questions
    background = config.background if config.background in casework.labels else None
    has_background = background is not None
    if (not has_background and not casework.is_multi_label) or _have_labels(casework):
        questions.append(ViewQuestion(casework.labels))
    clips = ClipQuestion(
        casework.labels,
        is_multi_label=casework.is_multi_label,
        background=background,
        border_seconds=config.clips.border_seconds,
        threshold=config.clips.threshold,
    )
    frames = FrameQuestion(
        casework.labels,
        is_multi_label=casework.is_multi_label,
        background=background,
        rate_hz=config.frames.rate_hz,
    )
    return [*questions, clips, frames]


def _event_labels(config: EvaluationConfig, casework: Casework, card: ModelCard | None) -> tuple[str, ...]:
    """Those of the configuration, else of the model's card, else those that were found."""
    if config.events.labels:
        return config.events.labels
    if card and card.event_spec:
        return card.event_spec.labels
    return tuple(sorted({event.label for case in casework.cases for event in case.found} - {config.background or ""}))


def _have_labels(casework: Casework) -> bool:
    return any(case.truth.label is not None for case in casework.cases)


def _is_known(group: str, casework: Casework) -> bool:
    return any(group in case.truth.groups for case in casework.cases)
