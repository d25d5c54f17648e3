"""What serves each model: the part of `models.registry.build_predictor` that needs PyTorch."""

from collections.abc import Callable
from dataclasses import replace

from models.predictor import ModelCard, Predictor, ServingMode
from models.predictors.building import (
    build_cnn_lstm,
    build_falls,
    build_flow_classifier,
    build_fused_3d,
    build_mobility,
    build_rgb_classifier,
    build_stream_classifier,
    build_surgical_phase,
    build_two_stream_classifier,
)
from models.predictors.echo_building import build_echo_ef
from models.predictors.frame_masks import build_frame_masks
from models.predictors.late_fusion import LateFusion, stored_svm, stream_names
from models.predictors.optical_flow import OpticalFlowMotion
from models.predictors.two_stream import build_stream_resnet, build_two_stream_resnets
from models.runtime.options import RuntimeOptions
from models.store.catalogue import find_card
from models.store.stored_models import find_stored


def predictor_of(card: ModelCard, options: RuntimeOptions, mode: ServingMode | None = None) -> Predictor:
    """Return what serves the model of a card.

    Args:
        card: Of a model with weights, unless it needs none.
        options: Where and how its networks run.
        mode: Whether clips are scored by themselves or as parts of the video; None: as the model was evaluated.

    Raises:
        ValueError: no predictor serves its network, its weights are missing or damaged, or it cannot be streamed.
    """
    builder = build_frame_masks if card.answer == "mask" else PREDICTORS.get(card.network)
    if (mode or card.mode) == "stream":
        builder = build_stream_classifier
    if builder is None:
        raise ValueError(f"the card of {card.name} names the network {card.network!r}, which no predictor serves")
    return builder(card, options)


def _build_late_fusion(card: ModelCard, options: RuntimeOptions) -> LateFusion:
    each = replace(options, arithmetic="auto")
    streams = [predictor_of(find_card(name), each, "window") for name in stream_names(card)]
    stored = find_stored(card.name)
    return LateFusion(card, streams, stored_svm(stored) if stored else None)


def _build_optical_flow(card: ModelCard, options: RuntimeOptions) -> OpticalFlowMotion:
    return OpticalFlowMotion(card)


PREDICTORS: dict[str, Callable[[ModelCard, RuntimeOptions], Predictor]] = {
    "cnn_lstm": build_cnn_lstm,
    "cnn_rnn": build_cnn_lstm,
    "convnet_lstm": build_cnn_lstm,
    "echo_ef": build_echo_ef,
    "echonet_ef": build_echo_ef,
    "efficientnet_lite0_3d": build_rgb_classifier,
    "fall_cnn_lstm": build_falls,
    "fused_3d": build_fused_3d,
    "i3d_flow": build_flow_classifier,
    "i3d_rgb": build_rgb_classifier,
    "i3d_two_stream": build_two_stream_classifier,
    "late_fusion": _build_late_fusion,
    "mc3_18": build_rgb_classifier,
    "mobility": build_mobility,
    "optical_flow": _build_optical_flow,
    "r2plus1d_18": build_rgb_classifier,
    "r3d_18": build_rgb_classifier,
    "surgical_phase": build_surgical_phase,
    "two_stream": build_two_stream_resnets,
    "two_stream_resnet101": build_stream_resnet,
    "two_stream_resnet18": build_stream_resnet,
    "two_stream_resnet50": build_stream_resnet,
}
"""What serves a model, by the network that its card names."""
