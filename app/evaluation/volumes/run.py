"""An evaluation of the objects that a model finds in volumes, from its configuration to its report."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.evaluation.casework import Casework
from app.evaluation.report.answers import section_of
from app.evaluation.report.document import Document
from app.evaluation.report.summary import FEW_UNITS, few_units_warning, footer_of
from app.evaluation.run import Evaluated, write_report
from app.evaluation.volumes.config import VolumeEvaluationConfig
from app.training.picture_reading import paired_files
from models.evaluation.average_precision import ScoredOverlap
from models.evaluation.cases import Case, Truth
from models.evaluation.coco import Kind
from models.evaluation.instances import InstanceOverlap, instance_overlap
from models.evaluation.questions.pictures import instance_question
from models.evaluation.questions.question import Answer, Question, answer
from models.evaluation.questions.volumes import VolumeObjectQuestion
from models.evaluation.volume_objects import volume_overlaps
from models.imaging.answer import ImagingModel
from models.imaging.finished import finish
from models.imaging.volume_part import part_of_volume, slices_of_part
from models.registry import build_imaging_model, find_card
from models.training.phases import Phases, shown
from models.training.pictures.config import PairConfig
from stream.errors import StreamError
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume

KINDS: tuple[Kind, ...] = ("masks", "boxes")


class _Found:
    """How what was found in each volume overlaps what is there."""

    def __init__(self) -> None:
        self.instances: dict[str, InstanceOverlap] = {}
        self.objects: dict[Kind, dict[str, ScoredOverlap]] = {kind: {} for kind in KINDS}


def evaluate_volumes(
    config: VolumeEvaluationConfig, out: Path, phases: Phases, *, device: str = "auto", threads: int = 0
) -> Evaluated:
    """Carry out an evaluation and write report.html, report.md (with its plots) and report.json into a folder.

    Raises:
        ValueError: a volume or its labels cannot be used, or the model reads no volumes or gives no label maps.
        OSError: the folder cannot be written.
    """
    if find_card(config.model).reads != "volume":
        raise ValueError(f"{config.model} reads no volumes; choose a model for volumes, or kind: pictures")
    model = build_imaging_model(config.model, device=device, threads=threads)
    pairs, found = dict(paired_files(config.data, is_of_volumes=True)), _Found()
    if not pairs:
        raise ValueError(f"{config.data.pictures}: at least one volume with its label map is required, found none")
    with phases("model") as show:
        for name, pair in shown(list(pairs.items()), show):
            try:
                _judge(name, pair, model, config, found)
            except StreamError as error:
                raise ValueError(str(error)) from error
    casework = Casework(tuple(Case(Truth(name)) for name in pairs), (), (), config.labels)
    document, answers = _document(config, casework, found)
    write_report(document, out)
    return Evaluated(document, answers, casework, "volumes")


def _judge(name: str, pair: PairConfig, model: ImagingModel, config: VolumeEvaluationConfig, found: _Found) -> None:
    """Let the model read a volume, and hold what it finds against its labels."""
    volume = open_volume(pair.picture, spacing_mm=config.spacing_mm)
    truth = read_label_map(pair.labels, spacing_mm=volume.spacing_mm).labels
    if truth.shape != volume.grid.shape:
        raise ValueError(f"{pair.labels}: must be as large as its volume, {volume.grid.shape}, found {truth.shape}")
    if pair.part:
        volume, truth = part_of_volume(volume, pair.part), truth[slices_of_part(pair.part, truth.shape)]
    with TemporaryDirectory() as scratch:
        said = finish(model.read(volume, scratch=Path(scratch)))
    if said.labels is None:
        raise ValueError(f"{config.model} gives no label map, which is held against the true one; choose another model")
    labels = np.where(np.isin(said.labels, list(said.names)), said.labels, 0).astype(np.int32)
    found.instances[name] = instance_overlap(truth, labels)
    for kind, overlap in volume_overlaps(truth, labels, said.scores).items():
        found.objects[kind][name] = overlap


def _document(config: VolumeEvaluationConfig, casework: Casework, found: _Found) -> tuple[Document, tuple[Answer, ...]]:
    settings = config.resampling
    detection = [VolumeObjectQuestion(found.objects[kind], kind) for kind in KINDS]
    questions: list[Question[object]] = [instance_question(found.instances), *detection]  # type: ignore[list-item]
    asked = [answer(one, casework.cases, cluster=None, groups=(), resampling=settings.plan) for one in questions]
    answers = tuple(one for one in asked if one is not None)
    count, num_true = len(casework.cases), sum(one.num_true for one in found.instances.values())
    facts = (
        ("Volumes", f"{count}, with {num_true} objects"),
        ("Model", config.model),
        ("Labels", ", ".join(config.labels)),
        ("Intervals", f"{100 * settings.confidence:g} %, percentile bootstrap, volumes drawn as wholes"),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    )
    sections = tuple(section_of(one) for one in answers)
    warnings = (few_units_warning(count, "volumes"),) if count < FEW_UNITS else ()
    return Document(config.heading, config.note, facts, warnings, sections, footer_of("volumes")), answers
