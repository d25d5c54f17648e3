"""Makes the predictor of falls: the card's memory, and EfficientNet-Lite0 with the ImageNet weights of its package."""

import torch

from models.networks.frame_features import EfficientNetLite0Features
from models.predictor import ModelCard
from models.predictors.falls import LOOK_SIZE, FallPredictor
from models.predictors.trained import trained_network
from models.runtime.options import RuntimeOptions, clips_at_once
from models.runtime.preparing import prepare_for_inference


def build_falls(card: ModelCard, options: RuntimeOptions) -> FallPredictor:
    """Return a predictor of falls, whose CNN looks at frames in groups.

    Raises:
        ValueError: the model has no weights on this machine, or damaged ones.
    """
    network = trained_network(card).eval()
    look = prepare_for_inference(EfficientNetLite0Features().eval(), torch.zeros(1, 3, *LOOK_SIZE), options)
    return FallPredictor(card, look=look, remember=network, max_batch_size=clips_at_once(options))
