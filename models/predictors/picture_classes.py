"""Serves a network that gives every pixel of a picture a class."""

import numpy as np

from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.picture import Image
from models.predictor import ModelCard
from models.predictors.picture_model import PictureModel, ready_network
from models.runtime.options import RuntimeOptions
from models.segmentation.picture_classes import classify_pixels

TILE, OVERLAP = (512, 512), 64


class PictureClasses(PictureModel):
    """Says of every pixel what it belongs to; pictures may have any size."""

    def _read_picture(self, picture: Image) -> Reading:
        options = self.card.serving_options
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        pixels = np.array(picture.rgb8())
        classes = yield from classify_pixels(self._network, pixels, tile=tile, overlap=overlap)
        return ImagingAnswer(names=dict(enumerate(self.card.labels, start=1)), labels=classes.astype(np.int32))


def build_picture_classes(card: ModelCard, options: RuntimeOptions) -> PictureClasses:
    """Return what serves a network for pixels with the weights of its card."""
    return PictureClasses(card, ready_network(card, options))
