"""Puts predictors together: a card, the network it names with its weights, and the way to run it."""

import math
from dataclasses import replace

import torch

from models.flow.beside_frames import FUSED_FRAMES, fields_a_frame
from models.flow.methods import flow_measure
from models.mobility import INPUT_SIZE
from models.networks.frame_features import EfficientNetLite0Features
from models.networks.mobility import read_changes
from models.predictor import ModelCard
from models.predictors.clip_classifier import ClipClassifier, Stream, require_clip_spec
from models.predictors.cnn_lstm import GROUP_SIZE, CnnLstmClassifier
from models.predictors.device_flow import DeviceFlowStream
from models.predictors.falls import LOOK_SIZE, FallPredictor
from models.predictors.kinetics_stream import KineticsStream
from models.predictors.mobility import MobilityPredictor
from models.predictors.stream_classifier import StreamClassifier
from models.predictors.streams import FlowStream, FramesAndFlowStream, RgbStream
from models.predictors.surgical_phase import SurgicalPhasePredictor
from models.predictors.trained import trained_network
from models.runtime.options import RuntimeOptions, choose_device, clips_at_once
from models.runtime.preparing import prepare_for_inference, prepare_for_streaming
from models.runtime.ready import ReadyNetwork
from models.runtime.video_stream import VideoStream
from models.serving import serve_as, serving_spec
from models.store.catalogue import find_card
from models.transforms import normalise_clip, normalise_clip_as_lite, normalise_frames, normalise_frames_to_one

_USUAL_ASPECT, _OTHER_ASPECT = 16 / 9, 4 / 3
"""Of most cameras, and of most of the others."""


def build_rgb_classifier(card: ModelCard, options: RuntimeOptions) -> ClipClassifier:
    """Return a predictor of one network on RGB."""
    stream = _rgb_stream(card, options, num_frames=require_clip_spec(card).num_frames)
    return ClipClassifier(card, [stream], max_batch_size=clips_at_once(options))


def build_flow_classifier(card: ModelCard, options: RuntimeOptions) -> ClipClassifier:
    """Return a predictor of one network on optical flow."""
    return ClipClassifier(card, [_flow_stream(card, options)], max_batch_size=clips_at_once(options))


def build_two_stream_classifier(card: ModelCard, options: RuntimeOptions) -> ClipClassifier:
    """Return the predictor that sums the models i3d_rgb and i3d_flow."""
    # A clip of T + 1 frames gives T fields of flow, and the T frames at which they begin.
    rgb = _rgb_stream(find_card("i3d_rgb"), options, num_frames=require_clip_spec(card).num_frames - 1)
    flow = _flow_stream(replace(find_card("i3d_flow"), flow_method=card.flow_method), options)
    return ClipClassifier(card, [rgb, flow], max_batch_size=clips_at_once(options))


def build_stream_classifier(card: ModelCard, options: RuntimeOptions) -> StreamClassifier:
    """Return a predictor of one network on RGB that computes every frame of a video once.

    Raises:
        ValueError: the model cannot be streamed.
    """
    spec, batch_size = serving_spec(card, "stream"), clips_at_once(options)
    # Passages begin and end on the grid of steps, so that none leaves frames over.
    size = math.gcd(spec.stride_frames, spec.context_frames, spec.num_frames + spec.lookahead_frames)
    examples = [torch.zeros(1, 3, size, *input_size) for input_size in _input_sizes(card)]
    step = prepare_for_streaming(trained_network(card), examples[0], options, expected=examples[1:])
    stream = VideoStream(step, frames_per_step=size, max_batch_size=batch_size)
    return StreamClassifier(serve_as(card, "stream"), stream, input_size=card.input_size, max_batch_size=batch_size)


def build_cnn_lstm(card: ModelCard, options: RuntimeOptions) -> CnnLstmClassifier:
    """Return a predictor of a CNN with a memory, which looks at frames in groups.

    EfficientNet-Lite reads pixels as its published weights do, any other CNN reads them in [-1, 1].
    """
    network = trained_network(card).eval()
    is_lite = isinstance(network.cnn, EfficientNetLite0Features)
    features = prepare_for_inference(network.cnn, torch.zeros(GROUP_SIZE, 3, *_input_size(card)), options)
    return CnnLstmClassifier(
        card,
        look=features,
        remember=network.step_logits,
        input_size=_input_size(card),
        max_batch_size=clips_at_once(options),
        normalise=normalise_frames if is_lite else normalise_frames_to_one,
    )


def build_falls(card: ModelCard, options: RuntimeOptions) -> FallPredictor:
    """Return a predictor of falls, whose CNN has the ImageNet weights of its package."""
    network = trained_network(card).eval()
    look = prepare_for_inference(EfficientNetLite0Features().eval(), torch.zeros(1, 3, *LOOK_SIZE), options)
    return FallPredictor(card, look=look, remember=network, max_batch_size=clips_at_once(options))


def build_surgical_phase(card: ModelCard, options: RuntimeOptions) -> SurgicalPhasePredictor:
    """Return a predictor of the phases of operations, whose CNN looks at frames in groups."""
    network = trained_network(card).eval()
    look = prepare_for_inference(network.look, torch.zeros(GROUP_SIZE, 3, *_input_size(card)), options)
    return SurgicalPhasePredictor(
        card,
        look=look,
        remember=network.follow,
        input_size=_input_size(card),
        max_batch_size=GROUP_SIZE,
    )


def build_mobility(card: ModelCard, options: RuntimeOptions) -> MobilityPredictor:
    """Return a predictor of a patient's mobilisation, whose CNN looks at frames as they come."""
    network = trained_network(card).eval()
    look = prepare_for_inference(network.look, torch.zeros(1, 5, *INPUT_SIZE), options)
    return MobilityPredictor(
        card, look=look, read=read_changes, follow=network.follow, max_batch_size=clips_at_once(options)
    )


def build_fused_3d(card: ModelCard, options: RuntimeOptions) -> ClipClassifier:
    """Return a predictor of the 3D-fused two-stream network.

    Raises:
        ValueError: the network takes another number of fields of flow than its clips give.
    """
    num_frames, size = require_clip_spec(card).num_frames, _input_size(card)
    network = trained_network(card).eval()
    channels = 3 + 2 * fields_a_frame(num_frames)
    if network.in_channels != channels:
        raise ValueError(
            f"{card.name} reads {network.in_channels} channels, clips of {num_frames} frames give {channels}; set "
            f"flow_channels to {channels - 3} in its network_options"
        )
    ready = prepare_for_inference(network, torch.zeros(1, channels, FUSED_FRAMES, *size), options)
    short_side = require_clip_spec(card).short_side
    stream = FramesAndFlowStream(
        ready, short_side=short_side, input_size=card.input_size, measure=flow_measure(card.flow_method)
    )
    return ClipClassifier(card, [stream], max_batch_size=clips_at_once(options))


def _rgb_stream(card: ModelCard, options: RuntimeOptions, *, num_frames: int) -> Stream:
    network = _ready_network(card, options, num_channels=3, num_frames=num_frames)
    if card.pixels == "kinetics":
        return KineticsStream(network, input_size=_input_size(card))
    short_side = require_clip_spec(card).short_side
    normalise = normalise_clip_as_lite if card.network == "efficientnet_lite0_3d" else normalise_clip
    return RgbStream(
        network, num_frames=num_frames, short_side=short_side, input_size=card.input_size, normalise=normalise
    )


def _flow_stream(card: ModelCard, options: RuntimeOptions) -> Stream:
    network = _ready_network(card, options, num_channels=2, num_frames=require_clip_spec(card).num_frames - 1)
    device, short_side = choose_device(options.device), require_clip_spec(card).short_side
    if card.flow_method == "tvl1" and device != "cpu":
        return DeviceFlowStream(network, short_side=short_side, input_size=card.input_size, device=device)
    measure = flow_measure(card.flow_method)
    return FlowStream(network, short_side=short_side, input_size=card.input_size, measure=measure)


def _ready_network(card: ModelCard, options: RuntimeOptions, *, num_channels: int, num_frames: int) -> ReadyNetwork:
    examples = [torch.zeros(1, num_channels, num_frames, *size) for size in _input_sizes(card)]
    return prepare_for_inference(trained_network(card), examples[0], options, expected=examples[1:])


def _input_size(card: ModelCard) -> tuple[int, int]:
    """Return the height and width that the network will see; for whole frames, those of most cameras."""
    return _input_sizes(card)[0]


def _input_sizes(card: ModelCard) -> list[tuple[int, int]]:
    """Return the sizes that the network will probably see, the likeliest first."""
    if card.input_size:
        return [card.input_size]
    short_side = require_clip_spec(card).short_side
    return [(short_side, round(short_side * aspect)) for aspect in (_USUAL_ASPECT, _OTHER_ASPECT)]
