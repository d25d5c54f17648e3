"""An evaluation of what was found in pictures, from its configuration to its report."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.evaluation.casework import Casework
from app.evaluation.pictures.answers import PictureAnswer, read_answers, run_model
from app.evaluation.pictures.config import PictureEvaluationConfig
from app.evaluation.report.answers import section_of
from app.evaluation.report.document import Document
from app.evaluation.report.summary import FEW_UNITS, few_units_warning, footer_of
from app.evaluation.run import Evaluated, write_report
from app.training.picture_reading import read_labelled
from models.evaluation.cases import Case, Truth
from models.evaluation.coco import CocoEvaluation, Kind
from models.evaluation.coco_records import coco_results, coco_truth
from models.evaluation.instances import InstanceOverlap, instance_overlap
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.evaluation.questions.masks import MaskQuestion
from models.evaluation.questions.objects import CocoQuestion
from models.evaluation.questions.pictures import instance_question
from models.evaluation.questions.question import Answer, Question, answer
from models.training.phases import Phases
from models.training.pictures.labelled import UNKNOWN, LabelledPicture

Pairs = Sequence[tuple[LabelledPicture, PictureAnswer]]


def evaluate_pictures(
    config: PictureEvaluationConfig, out: Path, phases: Phases, *, device: str = "auto", threads: int = 0
) -> Evaluated:
    """Carry out an evaluation and write report.html, report.md (with its plots) and report.json into a folder.

    Raises:
        ValueError: truth or results cannot be used; a line for each reason, naming the file.
        OSError: the folder cannot be written.
    """
    with phases("reading") as show:
        pictures = read_labelled(config.data, config.labels, show, has_classes=config.judge == "classes")
    if config.predictions:
        ending = config.data.picture_ending
        found = read_answers(config.predictions, pictures, config.labels, picture_ending=ending)
    else:
        with phases("model") as show:
            found = run_model(
                str(config.model), pictures, show, device=device, threads=threads, ct_slices=config.ct_slices
            )
    pairs = [(picture, found[picture.name]) for picture in pictures if picture.name in found]
    if not pairs:
        raise ValueError(f"{config.predictions}: results for any of the {len(pictures)} pictures are required")
    casework = _casework(pictures, found, config)
    answers = tuple(
        one for question in _questions(config, pairs) if (one := _ask(question, casework, config)) is not None
    )
    document = _document(config, casework, answers)
    write_report(document, out)
    return Evaluated(document, answers, casework, "pictures")


def _casework(
    pictures: Sequence[LabelledPicture], found: dict[str, PictureAnswer], config: PictureEvaluationConfig
) -> Casework:
    cases = tuple(
        Case(Truth(picture.name, groups=picture.groups), is_answered=picture.name in found) for picture in pictures
    )
    missing = tuple(picture.name for picture in pictures if picture.name not in found)
    return Casework(cases, missing, (), config.labels)


def _questions(config: PictureEvaluationConfig, pairs: Pairs) -> list[Question[Any]]:
    if config.judge == "classes":
        return [MaskQuestion({picture.name: _class_overlaps(picture, one, config) for picture, one in pairs})]
    questions: list[Question[Any]] = []
    if all(one.labels is not None for _, one in pairs) and all(picture.has_outlines for picture, _ in pairs):
        questions.append(instance_question({picture.name: _instances(picture, one) for picture, one in pairs}))
    if all(one.objects is not None for _, one in pairs):
        questions += _coco_questions(config, pairs)
    return questions


def _class_overlaps(
    picture: LabelledPicture, one: PictureAnswer, config: PictureEvaluationConfig
) -> dict[str, OverlapCounts]:
    if one.labels is None:
        raise ValueError(f"{picture.name}: a label map is required, found only objects")
    truth, found = picture.class_map, one.labels
    known = truth != UNKNOWN
    return {
        label: count_overlap((truth == number) & known, (found == number) & known)
        for number, label in enumerate(config.labels, start=1)
    }


def _instances(picture: LabelledPicture, one: PictureAnswer) -> InstanceOverlap:
    return instance_overlap(
        picture.layers.max(0), np.zeros(picture.size, np.int32) if one.labels is None else one.labels
    )


def _coco_questions(config: PictureEvaluationConfig, pairs: Pairs) -> list[CocoQuestion]:
    marked = [picture.objects() for picture, _ in pairs]
    truth = coco_truth(
        [(one.boxes, one.classes, one.masks) for one in marked], [picture.size for picture, _ in pairs], config.labels
    )
    results, has_masks = [], all(picture.has_outlines for picture, _ in pairs)
    for image_id, (_, one) in enumerate(pairs, start=1):
        if one.objects is not None:
            found = one.objects
            classes = [config.labels.index(label) + 1 for label in found.labels]
            results += coco_results(image_id, np.array(found.boxes), classes, found.scores, found.masks)
            has_masks &= len(found.masks) == len(found.boxes)
    kinds: list[Kind] = ["masks", "boxes"] if has_masks else ["boxes"]
    places = {picture.name: index for index, (picture, _) in enumerate(pairs)}
    return [CocoQuestion(CocoEvaluation(truth, results, kind), places, kind) for kind in kinds]


def _ask(question: Question[Any], casework: Casework, config: PictureEvaluationConfig) -> Answer | None:
    settings = config.resampling
    return answer(
        question,
        casework.cases,
        cluster=settings.cluster,
        groups=[name for name in config.groups if any(name in case.truth.groups for case in casework.cases)],
        resampling=settings.plan,
    )


def _document(config: PictureEvaluationConfig, casework: Casework, answers: tuple[Answer, ...]) -> Document:
    answered = [case for case in casework.cases if case.is_answered]
    warnings = []
    if len(answered) < FEW_UNITS:
        warnings.append(few_units_warning(len(answered), "pictures"))
    if casework.without_answer:
        warnings.append(
            f"Nothing was given for {len(casework.without_answer)} pictures: {casework.without_answer[:8]}."
        )
    facts = (
        ("Pictures", f"{len(answered)} of {len(casework.cases)}"),
        ("Model", config.model or "as in the results"),
        ("Labels", ", ".join(config.labels)),
        ("Intervals", f"{100 * config.resampling.confidence:g} %, percentile bootstrap, pictures drawn as wholes"),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    )
    sections = tuple(section_of(one) for one in answers)
    return Document(config.heading, config.note, facts, tuple(warnings), sections, footer_of("pictures"))
