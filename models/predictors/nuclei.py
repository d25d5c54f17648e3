"""Serves the system `nuclei`: nuclei of microscopic pictures of every look and scale."""

from pathlib import Path
from typing import Any

import numpy as np

from models.imaging.answer import Reading
from models.imaging.picture import Image
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.nuclei.pipeline import find_nuclei
from models.predictor import ModelCard
from models.predictors.picture_objects import answer_of, ready_network, require_picture
from models.runtime.options import RuntimeOptions


class Nuclei:
    """Finds nuclei."""

    accepts: type[Image] | type[StoredVolume] = Image
    needs: VolumeNeeds | None = None

    def __init__(self, card: ModelCard, network: Any) -> None:
        self.name, self.card = card.name, card
        self._network = network

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Find the nuclei of a picture.

        Raises:
            ValueError: the sample is no picture.
        """
        picture = require_picture(sample, self.name)
        found = yield from find_nuclei(self._network, np.array(picture.rgb8()))
        return answer_of(found, self.card.labels, picture.pixels.shape[:2])


def build_nuclei(card: ModelCard, options: RuntimeOptions) -> Nuclei:
    """Return what finds nuclei, with the weights of its card."""
    return Nuclei(card, ready_network(card, options))
