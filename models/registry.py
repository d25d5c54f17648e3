"""Every network and every model by name.

A *network* is layers (`build_network`), a *model* is what can be served (`build_predictor`): a network with weights,
labels and preprocessing, as its card says. Importing this module imports no PyTorch: the ingester and the dashboard
read cards in small processes.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from models.cards import join_streams, public_cards
from models.model_store import find_stored, stored_names
from models.predictor import ModelCard, Predictor, ServingMode

if TYPE_CHECKING:
    from torch import nn

    from models.runtime import RuntimeOptions


def model_names() -> list[str]:
    """Return the names that `find_card` knows: public models, shipped ones, imported and self-trained ones."""
    return sorted({*public_cards(), *stored_names()})


def network_names() -> list[str]:
    """Return the names that `build_network` knows."""
    from models.networks.table import NETWORKS

    return sorted(NETWORKS)


def find_card(name: str) -> ModelCard:
    """Return the card of a model; its `weights_sha256` is empty while the model has no weights.

    Raises:
        ValueError: no model has this name; the message names the known ones.
    """
    stored = find_stored(name)
    if stored:
        return stored.card
    card = public_cards().get(name)
    if card is None:
        raise ValueError(f"no model is called {name!r}; known are {', '.join(model_names())}")
    if card.network in _STREAMS:
        rgb, flow = map(find_stored, _STREAMS[card.network])
        return join_streams(card, rgb=rgb.card, flow=flow.card) if rgb and flow else card
    return card


def is_servable(card: ModelCard) -> bool:
    """Return whether a model has what it needs to be served: weights, unless it is one that needs none."""
    return bool(card.weights_sha256) or card.network == "optical_flow"


def build_network(name: str, **options: Any) -> "nn.Module":
    """Make a bare network, with random weights unless its builder says otherwise, that returns fp32 logits.

    Args:
        name: One of `network_names`.
        **options: Such as `num_classes`, `in_channels` and `width`; each network has its own.

    Raises:
        ValueError: no network has this name, or it has no such option.
    """
    from models.networks.table import NETWORKS

    builder = NETWORKS.get(name)
    if builder is None:
        raise ValueError(f"no network is called {name!r}; known are {', '.join(sorted(NETWORKS))}")
    known = inspect.signature(builder).parameters
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"network {name} has no option {', '.join(unknown)}; it has {', '.join(known)}")
    return builder(**options)


def build_predictor(
    name: str,
    *,
    device: str = "auto",
    threads: int = 0,
    backend: Literal["auto", "torch", "openvino"] = "auto",
    arithmetic: Literal["auto", "float32", "bfloat16"] = "auto",
    flow_method: Literal["auto", "dis", "tvl1"] = "auto",
    mode: ServingMode | None = None,
) -> Predictor:
    """Make a model ready to serve.

    Args:
        name: One of `model_names`.
        device: "auto" (CUDA when there is one, else CPU), "cpu", "cuda" or "cuda:N".
        threads: Threads of the CPU for the network; 0: all cores.
        backend: Library that runs the network; "auto" takes the fastest that is installed.
        arithmetic: "auto" takes bf16 where the device has it in hardware.
        flow_method: How optical flow is measured, for models that read it; "auto": as the card says.
        mode: Whether clips are scored by themselves or as parts of the video; None: as the model was evaluated.

    Raises:
        ValueError: the name is unknown, the model has no weights or damaged ones, it cannot be streamed, or this
            machine lacks what is asked.
    """
    from models.runtime import RuntimeOptions, choose_device

    choose_device(device)  # also of models that run on the CPU whatever is asked: a slip is told by all alike
    card = find_card(name)
    builder = _serve_mask if card.answer == "mask" else _PREDICTORS.get(card.network)
    if (mode or card.mode) == "stream":
        builder = _serve_stream
    if builder is None:
        raise ValueError(f"the card of {name} names the network {card.network!r}, which no predictor serves")
    if flow_method != "auto":
        card = replace(card, flow_method=flow_method)
    return builder(card, RuntimeOptions(device=device, threads=threads, backend=backend, arithmetic=arithmetic))


def _serve_rgb(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_rgb_classifier

    return build_rgb_classifier(card, options)


def _serve_flow(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_flow_classifier

    return build_flow_classifier(card, options)


def _serve_two_stream(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_two_stream_classifier

    return build_two_stream_classifier(card, options)


def _serve_stream(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_stream_classifier

    return build_stream_classifier(card, options)


def _serve_stream_resnet(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.two_stream import build_stream_resnet

    return build_stream_resnet(card, options)


def _serve_two_stream_resnets(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.two_stream import build_two_stream_resnets

    return build_two_stream_resnets(card, options)


def _serve_cnn_lstm(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_cnn_lstm

    return build_cnn_lstm(card, options)


def _serve_surgical_phase(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_surgical_phase

    return build_surgical_phase(card, options)


def _serve_mobility(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.building import build_mobility

    return build_mobility(card, options)


def _serve_optical_flow(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.optical_flow import OpticalFlowMotion

    return OpticalFlowMotion(card)


def _serve_mask(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.frame_masks import build_frame_masks

    return build_frame_masks(card, options)


def _serve_late_fusion(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.late_fusion import LateFusion, stored_svm, stream_names

    streams = [
        build_predictor(name, device=options.device, threads=options.threads, backend=options.backend, mode="window")
        for name in stream_names(card)
    ]
    stored = find_stored(card.name)
    return LateFusion(card, streams, stored_svm(stored) if stored else None)


def _serve_echo(card: ModelCard, options: "RuntimeOptions") -> Predictor:
    from models.predictors.echo_building import build_echo_ef

    return build_echo_ef(card, options)


_STREAMS = {
    "i3d_two_stream": ("i3d_rgb", "i3d_flow"),
    "two_stream": ("two_stream_spatial", "two_stream_temporal"),
}
"""The models that each two-stream model joins."""

_PREDICTORS: dict[str, Callable[[ModelCard, "RuntimeOptions"], Predictor]] = {
    "cnn_lstm": _serve_cnn_lstm,
    "cnn_rnn": _serve_cnn_lstm,
    "convnet_lstm": _serve_cnn_lstm,
    "echo_ef": _serve_echo,
    "echonet_ef": _serve_echo,
    "efficientnet_lite0_3d": _serve_rgb,
    "i3d_flow": _serve_flow,
    "i3d_rgb": _serve_rgb,
    "i3d_two_stream": _serve_two_stream,
    "late_fusion": _serve_late_fusion,
    "mc3_18": _serve_rgb,
    "mobility": _serve_mobility,
    "optical_flow": _serve_optical_flow,
    "surgical_phase": _serve_surgical_phase,
    "r2plus1d_18": _serve_rgb,
    "r3d_18": _serve_rgb,
    "two_stream": _serve_two_stream_resnets,
    "two_stream_resnet101": _serve_stream_resnet,
    "two_stream_resnet18": _serve_stream_resnet,
    "two_stream_resnet50": _serve_stream_resnet,
}
"""What serves a model, by the network that its card names."""
