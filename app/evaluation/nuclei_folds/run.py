"""How well nuclei are found in pictures that taught nothing, where pictures are too few to keep many apart.

The pictures are divided into folds; a network for each is taught from the others.
"""

from dataclasses import dataclass
from pathlib import Path

from app.evaluation.nuclei_folds.config import NucleiFoldsConfig
from app.training.picture_reading import read_labelled
from models.evaluation.instances import InstanceOverlap
from models.training.nuclei.config import NucleiConfig
from models.training.nuclei.judging import ALL_STAGES, ablations, overlaps_of
from models.training.nuclei.run import LABELS, begin_network, teach
from models.training.phases import Phases
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.parts import fold_pictures


@dataclass(frozen=True, eq=False)
class FoundUnseen:
    """How well the nuclei of a picture were found by a network that had not seen it."""

    picture: LabelledPicture
    fold: int
    overlaps: dict[str, InstanceOverlap]
    """By what was done of the stages."""


def run_nuclei_folds(config: NucleiFoldsConfig, out: Path, phases: Phases) -> list[FoundUnseen]:
    """Teach a network for every fold, and measure it there.

    Everything goes into `out`; a run that is killed goes on from its checkpoints.

    Raises:
        ValueError: the pictures cannot be used, there are fewer than folds, or training diverged.
        OSError: the disk is full.
    """
    training = NucleiConfig.load(config.training)
    with phases("reading") as show:
        pictures = read_labelled(training.data, LABELS, show)
    folds = fold_pictures(pictures, config.folds, spread_over=config.spread_over)
    lesson, found = _lesson(training, config), []
    for number, unseen in enumerate(folds, start=1):
        seen = [picture for fold in folds if fold is not unseen for picture in fold]
        found += _teach_and_measure(lesson, config, number, seen, unseen, out, phases)
    return found


def _lesson(training: NucleiConfig, config: NucleiFoldsConfig) -> NucleiConfig:
    """Return a run of so many steps, whose last weights are kept."""
    fit = training.fit.model_copy(update={"steps": config.steps, "validate_every": config.steps})
    paintings = training.paintings if config.with_paintings else None
    return training.model_copy(update={"fit": fit, "paintings": paintings})


def _teach_and_measure(
    lesson: NucleiConfig,
    config: NucleiFoldsConfig,
    fold: int,
    seen: list[LabelledPicture],
    unseen: list[LabelledPicture],
    out: Path,
    phases: Phases,
) -> list[FoundUnseen]:
    folder = out / f"fold_{fold}"
    folder.mkdir(parents=True, exist_ok=True)
    network = begin_network(lesson)
    teach(network, lesson, (seen, seen), folder, phases)
    ways = ablations(lesson.serving.stages)
    overlaps: dict[str, list[InstanceOverlap]] = {}
    for way in ways if config.with_ablations else (ALL_STAGES,):
        with phases(f"fold {fold}, {way}") as show:
            overlaps[way] = overlaps_of(network, unseen, ways[way], show)
    return [
        FoundUnseen(picture, fold, {way: of[index] for way, of in overlaps.items()})
        for index, picture in enumerate(unseen)
    ]
