"""Serves a detector of pictures: objects with boxes and, where the network has them, masks."""

from models.detection.finding import find_objects
from models.detection.found import FoundObjects, instance_layer, to_detections
from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.picture import Image
from models.imaging.picture_tensor import to_picture
from models.predictor import ModelCard
from models.predictors.picture_model import PictureModel, ready_network
from models.runtime.options import RuntimeOptions

TILE, OVERLAP = (768, 768), 96
LEAST_SCORE = 0.5
"""Objects with a lower score are not reported, unless the card says otherwise."""


class PictureObjects(PictureModel):
    """Finds the objects of pictures of any size, tile by tile."""

    def _read_picture(self, picture: Image) -> Reading:
        options = self.card.serving_options
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        device = next(self._network.parameters()).device
        pixels = to_picture(picture.rgb8())
        found = yield from find_objects(self._network, pixels.to(device), tile=tile, overlap=overlap)
        found = found.at_least(options.get("least_score", LEAST_SCORE))
        return answer_of(found, self.card.labels, picture.pixels.shape[:2])


def build_picture_objects(card: ModelCard, options: RuntimeOptions) -> PictureObjects:
    """Return what serves a detector with the weights of its card."""
    return PictureObjects(card, ready_network(card, options))


def answer_of(
    found: FoundObjects, labels: tuple[str, ...], size: tuple[int, ...], remarks: tuple[str, ...] = ()
) -> ImagingAnswer:
    """Return what is said of a picture (H, W) with these objects; they bear the numbers 1, 2, ... in their order."""
    objects = to_detections(found, labels, size)
    return ImagingAnswer(
        names=dict(enumerate(objects.labels, start=1)),
        labels=instance_layer(found, size) if found.masks or not len(found) else None,
        scores=dict(enumerate(objects.scores, start=1)),
        objects=objects,
        remarks=remarks,
    )
