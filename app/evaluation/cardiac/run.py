"""The left ventricle in cine MR, and the ejection fraction that follows, in both ways of Cicek et al. 2016.

Each patient is segmented from some annotated slices of the same patient (semi-automated), and by a network that saw
the other patients only (automated).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.evaluation.cardiac.config import CardiacConfig
from app.evaluation.cardiac.reading import Patient, Phase, read_patients, ventricle_ml
from models.datasets.sunnybrook import KnownVolumes
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.imaging.answer import ImagingModel
from models.imaging.finished import finish
from models.predictors.volume_tiles import standardised
from models.training.phases import Phases
from models.training.volumes.annotation import Annotation, Slices
from models.training.volumes.config import VolumesConfig, VolumeSource
from models.training.volumes.patches import TaughtVolume
from models.training.volumes.run import card_of, serve, train_network

SEMI_AUTOMATED, AUTOMATED = "some slices of the same patient", "other patients"
LABELS = ("background", "left_ventricle")


@dataclass(frozen=True)
class Outcome:
    """One patient, segmented in one way."""

    patient: str
    taught_from: str
    known: KnownVolumes
    drawn_ml: tuple[float, float]
    """Volumes of what the experts drew, at the end of diastole and of systole."""
    found_ml: tuple[float, float]
    overlaps: tuple[OverlapCounts, OverlapCounts]
    """In the slices that taught nothing."""

    @property
    def ef_percent(self) -> float:
        return _ef_percent(*self.found_ml)

    @property
    def drawn_ef_percent(self) -> float:
        """Of what the experts drew, by the same sum of slices."""
        return _ef_percent(*self.drawn_ml)


def run_cardiac(config: CardiacConfig, out: Path, phases: Phases) -> list[Outcome]:
    """Segment every patient in both ways.

    Everything goes into `out`; a run that is killed goes on from its checkpoints.

    Raises:
        ValueError: a file cannot be used, or training diverged.
    """
    with phases("reading") as show:
        patients = read_patients(config.data, out / "pictures", crop=config.crop)
        show(len(patients), len(patients))
    outcomes = []
    for patient in patients:
        slices = {id(phase): {0: phase.drawn[1 :: config.annotate_every]} for phase in patient.phases}
        taught = [_taught(phase, slices[id(phase)]) for phase in patient.phases]
        model = _train(config, taught, out / f"{patient.known.patient}_semi_automated", phases)
        outcomes.append(_segment(model, patient, SEMI_AUTOMATED, [slices[id(phase)] for phase in patient.phases]))
    for patient in patients:
        others = [phase for other in patients if other is not patient for phase in other.phases]
        model = _train(config, [_taught(one) for one in others], out / f"{patient.known.patient}_automated", phases)
        outcomes.append(_segment(model, patient, AUTOMATED, [{}, {}]))
    return outcomes


def _taught(phase: Phase, slices: Slices | None = None) -> TaughtVolume:
    targets, weights = Annotation(LABELS, class_weights=(1.0, 3.0)).teach(phase.labels.astype(np.int32), slices)
    voxels = standardised(phase.volume.voxels)
    return TaughtVolume(phase.volume.source_id, voxels, targets, weights, spacing=phase.volume.spacing_mm)


def _train(config: CardiacConfig, taught: Sequence[TaughtVolume], folder: Path, phases: Phases) -> ImagingModel:
    folder.mkdir(parents=True, exist_ok=True)
    run = VolumesConfig(
        name=config.name,
        labels=LABELS,
        network_options=config.network_options,
        train=(VolumeSource(image=str(config.data), labels=str(config.data)),),  # read already
        patch=config.patch,
        bend=config.bend,
        shades=config.shades,
        fit=config.fit,
        seed=config.seed,
        threads=config.threads,
    )
    with phases(folder.name) as show:
        network = train_network(run, taught, [], folder, show)
    return serve(network, card_of(run, taught, {}), threads=config.threads)


def _segment(model: ImagingModel, patient: Patient, taught_from: str, slices: Sequence[Slices]) -> Outcome:
    found, overlaps = [], []
    for phase, seen in zip(patient.phases, slices, strict=True):
        labels = finish(model.read(phase.stored(), scratch=Path())).labels
        if labels is None:
            raise ValueError(f"{model.name} must give a label map of {phase.volume.source_id}, it gives none")
        unseen = [index for index in range(len(labels)) if index not in seen.get(0, ())]
        overlaps.append(count_overlap(phase.labels[unseen] > 0, labels[unseen] > 0))
        found.append(ventricle_ml(labels, phase.volume.grid))
    diastole, systole = (phase.volume_ml for phase in patient.phases)
    return Outcome(
        patient.known.patient,
        taught_from,
        patient.known,
        (diastole, systole),
        (found[0], found[1]),
        (overlaps[0], overlaps[1]),
    )


def _ef_percent(diastole_ml: float, systole_ml: float) -> float:
    return 100 * (diastole_ml - systole_ml) / diastole_ml if diastole_ml else float("nan")
