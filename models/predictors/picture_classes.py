"""Serves a network that gives every pixel of a picture a class."""

from pathlib import Path
from typing import Any

import numpy as np

from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.picture import Image
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.predictors.picture_objects import ready_network, require_picture
from models.runtime.options import RuntimeOptions
from models.segmentation.picture_classes import classify_pixels

TILE, OVERLAP = (512, 512), 64


class PictureClasses:
    """Says of every pixel what it belongs to; pictures may have any size."""

    accepts: type[Image] | type[StoredVolume] = Image
    needs: VolumeNeeds | None = None

    def __init__(self, card: ModelCard, network: Any) -> None:
        self.name, self.card = card.name, card
        self._network = network

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Classify the pixels of a picture.

        Raises:
            ValueError: the sample is no picture.
        """
        picture = require_picture(sample, self.name)
        options = self.card.serving_options
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        pixels = np.array(picture.rgb8())
        classes = yield from classify_pixels(self._network, pixels, tile=tile, overlap=overlap)
        return ImagingAnswer(names=dict(enumerate(self.card.labels, start=1)), labels=classes.astype(np.int32))


def build_picture_classes(card: ModelCard, options: RuntimeOptions) -> PictureClasses:
    """Return what serves a network for pixels with the weights of its card."""
    return PictureClasses(card, ready_network(card, options))
