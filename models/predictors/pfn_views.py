"""Finds lung nodules and says of each whether it is perifissural, which nearly always means harmless."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models.imaging.answer import Finding, ImagingAnswer, Progress, Reading
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.networks.pfn_views import PfnViews
from models.nodules.finding import AskNetwork, find_nodules
from models.nodules.looking import ViewLooker
from models.nodules.outlines import label_map
from models.nodules.serving import NoduleOptions
from models.nodules.views import cut_views
from models.predictor import ModelCard
from models.predictors.nodules import CT_NEEDS, NO_LUNG, nodule_network
from models.predictors.trained import stored_network
from models.runtime.options import RuntimeOptions
from models.samples import Image
from models.store.catalogue import find_card

DETECTOR = "nodules"
"""The model that finds the nodules."""


def build_pfn_views(card: ModelCard, options: RuntimeOptions) -> "PfnClassifier":
    """Return a model that finds nodules and classifies them.

    Raises:
        ValueError: it or the model that finds nodules has no weights, or this machine lacks what is asked.
    """
    finder = find_card(DETECTOR)
    return PfnClassifier(
        card, stored_network(card).eval(), nodule_network(finder, options), NoduleOptions.of(finder).least_score
    )


class PfnClassifier:
    """Answers for CT of the chest."""

    accepts: type[Image] | type[StoredVolume] = StoredVolume

    def __init__(self, card: ModelCard, network: PfnViews, ask: AskNetwork, least_score: float) -> None:
        self.name, self.card = card.name, card
        self.needs: VolumeNeeds | None = CT_NEEDS
        self._network, self._ask, self._least_score = network, ask, least_score
        self._looker = ViewLooker()

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{self.name} reads CT volumes, got a picture: {sample.source_id}")
        CT_NEEDS.require(sample)
        found = yield from find_nodules(sample, self._ask, least_score=self._least_score)
        if found.lungs is None:
            return ImagingAnswer({}, np.zeros(sample.grid.shape, np.uint8), remarks=(NO_LUNG,))
        named = yield from self._named(sample, found.findings)
        return ImagingAnswer(
            {one.number: one.label for one in named},
            label_map(found.lungs, list(found.findings), sample.grid),
            scores={one.number: one.score for one in named},
            findings=tuple(sorted(named, key=lambda one: -one.score)),
            remarks=(f"nodules are those that {DETECTOR} found; scores say how sure it is of what kind they are",),
        )

    def _named(self, sample: StoredVolume, findings: tuple[Finding, ...]) -> Generator[Progress, None, list[Finding]]:
        """Return findings under the label of their kind."""
        perifissural, other = self.card.labels
        named = []
        for done, finding in enumerate(findings, 1):
            views = cut_views(sample.read_slab, sample.grid, finding.centre_mm)
            with torch.inference_mode():
                logits = self._network(torch.from_numpy(self._looker.look(views[None])))
            score = float(logits[0, -1].sigmoid())
            label = perifissural if score >= 0.5 else other
            named.append(replace(finding, label=label, score=round(max(score, 1 - score), 6)))
            yield Progress(done, len(findings), "nodules")
        return named
