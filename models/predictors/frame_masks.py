"""Says how much of each frame belongs to what a segmentation network was trained on."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from models.predictor import ClipSpec, ModelCard
from models.predictors.clip_classifier import require_clip
from models.predictors.trained import trained_network
from models.results import Measurement, Result
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample

UNIT = "% of the picture"


def build_frame_masks(card: ModelCard, options: RuntimeOptions) -> "FrameMasks":
    """Return a predictor of masks.

    Raises:
        ValueError: the model has no weights, or its card states no size of frames.
    """
    if card.input_size is None:
        raise ValueError(
            f"the card of {card.name} must state an input_size, because {card.network} reads frames of one"
        )
    example = torch.zeros(1, 3, *card.input_size)
    return FrameMasks(card, prepare_for_inference(trained_network(card), example, options))


class FrameMasks:
    """Measures `<label>_area` of the last frame of each clip, in percent of the picture.

    Args:
        card: Its `input_size` is that of the frames that the network reads; its only label names what is found.
        network: Maps (N, 3, H, W) to logits (N, 1, H, W).
    """

    accepts: type[Sample] = Clip
    max_batch_size = 8

    def __init__(self, card: ModelCard, network: ReadyNetwork) -> None:
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = card.clip_spec
        self._network = network

    def prepare(self, sample: Sample) -> np.ndarray:
        clip = require_clip(sample, self.clip_spec, self.name)
        height, width = self.card.input_size or clip.frames.shape[1:3]
        frame = cv2.resize(clip.frames[-1], (width, height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(frame.transpose(2, 0, 1), np.float32) * np.float32(2 / 255) - 1

    def predict(self, prepared: Sequence[np.ndarray]) -> list[Result]:
        if not prepared:
            return []
        logits = self._network(torch.from_numpy(np.stack(prepared)))
        shares = (logits > 0).float().mean((1, 2, 3)).tolist()
        return [Measurement(f"{self.card.labels[0]}_area", 100 * share, UNIT) for share in shares]
