"""Makes the whole report of an evaluation: what was evaluated, what to beware of, a section an answer."""

from datetime import UTC, datetime

from app.evaluation.casework import Casework
from app.evaluation.config import EvaluationConfig
from app.evaluation.report.answers import section_of
from app.evaluation.report.document import Document
from models.evaluation.questions.question import Answer
from models.predictor import ModelCard

FEW_UNITS = 20
MAX_NAMED = 8
FOOTER = (
    "Measured by Vigil. The numbers hold for videos like these and say nothing of others. "
    "An advisory system: not a medical device, not for clinical use, no part of a primary alarm."
)


def document_of(
    config: EvaluationConfig, casework: Casework, answers: tuple[Answer, ...], card: ModelCard | None
) -> Document:
    """Return the report of the answers."""
    answered = [case for case in casework.cases if case.is_answered]
    hours = sum(case.duration_seconds for case in answered) / 3600
    settings = config.resampling
    drawn = f"every {settings.cluster}" if settings.cluster else "every video"
    facts = [
        ("Videos", f"{len(answered)} of {len(casework.cases)}"),
        ("Camera-hours", f"{hours:.3g}" if hours else "not known"),
        ("Model", card.name if card else config.model or "as in the results"),
        ("Weights", card.weights_sha256[:12] if card and card.weights_sha256 else "not stated"),
        ("Scored as", card.mode if card else "not stated"),
        ("Labels", _listed(casework.labels) or "none"),
        (
            "Intervals",
            f"{100 * settings.confidence:g} %, percentile bootstrap, {settings.num_resamples} draws, "
            f"{drawn} drawn as a whole",
        ),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    ]
    return Document(
        config.heading,
        config.note,
        tuple(facts),
        tuple(_warnings(config, casework, answers)),
        tuple(section_of(one) for one in answers),
        FOOTER,
    )


def few_units_warning(count: int, units: str) -> str:
    """Return what to say where fewer than `FEW_UNITS` were measured."""
    return f"Intervals come from {count} {units} only; with fewer than {FEW_UNITS} a bootstrap interval is too narrow."


def footer_of(units: str) -> str:
    """Return the last words of a report on something else than videos."""
    return FOOTER.replace("videos", units)


def _warnings(config: EvaluationConfig, casework: Casework, answers: tuple[Answer, ...]) -> list[str]:
    cluster = config.resampling.cluster
    subjects = {case.truth.groups.get("subject") for case in casework.cases} - {None}
    num_units = len(subjects) if cluster == "subject" else max(len(one.cases) for one in answers)
    warnings = []
    if num_units < FEW_UNITS:
        unit = cluster or "video"
        warnings.append(few_units_warning(num_units, f"{unit}s"))
    if cluster is None and 1 < len(subjects) < len(casework.cases):
        warnings.append(
            f"{len(casework.cases)} videos show {len(subjects)} subjects, but every video was drawn by itself; "
            "resampling.cluster: subject gives the wider, more honest intervals."
        )
    if casework.without_answer:
        names = _listed(casework.without_answer)
        warnings.append(f"The model gave nothing for {len(casework.without_answer)} videos: {names}.")
    if casework.without_truth:
        names = _listed(casework.without_truth)
        warnings.append(f"Results without a truth were left out, {len(casework.without_truth)} videos: {names}.")
    return warnings


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
