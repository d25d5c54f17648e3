"""Serves the system `nuclei`: nuclei of microscopic pictures of every look and scale."""

import numpy as np

from models.imaging.answer import Reading
from models.imaging.picture import Image
from models.nuclei.pipeline import Stages, find_nuclei
from models.predictor import ModelCard
from models.predictors.picture_model import PictureModel, ready_network
from models.predictors.picture_objects import answer_of
from models.runtime.options import RuntimeOptions


class Nuclei(PictureModel):
    """Finds nuclei."""

    def _read_picture(self, picture: Image) -> Reading:
        stages = Stages(**self.card.serving_options)
        found = yield from find_nuclei(self._network, np.array(picture.rgb8()), stages)
        return answer_of(found, self.card.labels, picture.pixels.shape[:2])


def build_nuclei(card: ModelCard, options: RuntimeOptions) -> Nuclei:
    """Return what finds nuclei, with the weights of its card."""
    return Nuclei(card, ready_network(card, options))
