"""Finds lung nodules in CT and ranks them, each with its place, its diameter and its voxels."""

from pathlib import Path

import numpy as np
import torch

from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.volume_needs import VolumeNeeds
from models.nodules.cubes import SIDE
from models.nodules.finding import AskNetwork, find_nodules
from models.nodules.outlines import label_map
from models.nodules.ranking import NODULE
from models.nodules.serving import NoduleOptions
from models.predictor import ModelCard
from models.predictors.trained import stored_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Image, StoredVolume

CT_NEEDS = VolumeNeeds(modalities=("CT",), unit="HU", least_voxels=(8, 32, 32))
NO_LUNG = "no lung was found in this scan, so no nodule was looked for"
TOLD_FROM = "findings with a score of at least {:.3f} are told"


def build_nodules(card: ModelCard, options: RuntimeOptions) -> "NoduleFinder":
    """Return a model that finds lung nodules.

    Raises:
        ValueError: the model has no weights, its card states wrong options, or this machine lacks what is asked.
    """
    return NoduleFinder(card, nodule_network(card, options), NoduleOptions.of(card))


def nodule_network(card: ModelCard, options: RuntimeOptions) -> AskNetwork:
    """Return the network of a card, ready to be asked about cubes.

    Raises:
        ValueError: as `build_nodules`.
    """
    ready = prepare_for_inference(stored_network(card).eval(), torch.zeros(1, 1, SIDE, SIDE, SIDE), options)

    def ask(cubes: np.ndarray) -> np.ndarray:
        return np.asarray(ready(torch.from_numpy(cubes[:, None]).float() / 255).float().numpy())

    return ask


class NoduleFinder:
    """Answers for CT of the chest."""

    accepts: type[Image] | type[StoredVolume] = StoredVolume

    def __init__(self, card: ModelCard, ask: AskNetwork, options: NoduleOptions) -> None:
        self.name, self.card = card.name, card
        self.needs: VolumeNeeds | None = CT_NEEDS
        self._ask, self._options = ask, options

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{self.name} reads CT volumes, got a picture: {sample.source_id}")
        CT_NEEDS.require(sample)
        found = yield from find_nodules(sample, self._ask, least_score=self._options.least_score)
        if found.lungs is None:
            return ImagingAnswer({}, np.zeros(sample.grid.shape, np.uint8), remarks=(NO_LUNG,))
        labels = label_map(found.lungs, list(found.findings), sample.grid)
        return ImagingAnswer(
            {finding.number: NODULE for finding in found.findings},
            labels,
            scores={finding.number: finding.score for finding in found.findings},
            findings=found.findings,
            remarks=(TOLD_FROM.format(self._options.least_score),),
        )
