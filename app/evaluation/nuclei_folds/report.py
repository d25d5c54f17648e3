"""The report of a cross-validation for nuclei: all pictures, by group, and with each of the stages left out."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.evaluation.nuclei_folds.config import NucleiFoldsConfig
from app.evaluation.nuclei_folds.run import FoundUnseen
from app.evaluation.report.answers import section_of
from app.evaluation.report.document import Document, Section, Table, interval_text, number_text
from app.evaluation.report.summary import FEW_UNITS, few_units_warning, footer_of
from models.evaluation.cases import Case, Truth
from models.evaluation.instances import instance_measures
from models.evaluation.measures import Measured, measure_all
from models.evaluation.questions.pictures import instance_question
from models.evaluation.questions.question import answer
from models.training.nuclei.judging import ALL_STAGES

EXPLANATION = "The same networks, with one of the stages left out when they are asked."
COLUMNS = ("stages", "DSB2018 score", "interval", "at IoU 0.5", "interval", "at IoU 0.75", "interval")


def nuclei_folds_document(config: NucleiFoldsConfig, found: Sequence[FoundUnseen]) -> Document:
    """Return the report."""
    facts = (
        ("Pictures", str(len(found))),
        ("Folds", f"{config.folds}, each found by a network that learned from the others for {config.steps} steps"),
        ("Intervals", f"{100 * config.resampling.confidence:g} %, percentile bootstrap, pictures drawn as wholes"),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    )
    warnings = (few_units_warning(len(found), "pictures"),) if len(found) < FEW_UNITS else ()
    sections = [_whole(config, found), *([_stages(config, found)] if config.with_ablations else [])]
    return Document(config.heading, config.note, facts, warnings, tuple(sections), footer_of("pictures"))


def _whole(config: NucleiFoldsConfig, found: Sequence[FoundUnseen]) -> Section:
    cases = [
        Case(Truth(one.picture.name, groups={**one.picture.groups, "fold": str(one.fold)}), is_answered=True)
        for one in found
    ]
    question = instance_question({one.picture.name: one.overlaps[ALL_STAGES] for one in found})
    answered = answer(question, cases, cluster=None, groups=[*config.groups, "fold"], resampling=config.resampling.plan)
    if answered is None:
        raise ValueError("pictures are required, found none")
    return section_of(answered)


def _stages(config: NucleiFoldsConfig, found: Sequence[FoundUnseen]) -> Section:
    measured = {way: _measured(config, found, way) for way in found[0].overlaps}
    rows = tuple((way.replace("_", " "), *_cells(some)) for way, some in measured.items())
    values = {way: {one.name: one.to_json() for one in some} for way, some in measured.items()}
    return Section("stages", "What each stage gains", EXPLANATION, (), (Table(COLUMNS, rows),), (), values)


def _measured(config: NucleiFoldsConfig, found: Sequence[FoundUnseen], way: str) -> list[Measured]:
    scores = [one for one in instance_measures() if one.name.startswith(("dsb_score", "score_"))]
    overlaps = [one.overlaps[way] for one in found]
    return measure_all(scores, overlaps, range(len(overlaps)), config.resampling.plan)


def _cells(measured: Sequence[Measured]) -> list[str]:
    return [text for one in measured for text in (number_text(one.interval.value), interval_text(one))]
