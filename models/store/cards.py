"""Cards of the public networks, before anybody brought weights, and of the models that need none."""

import hashlib
from dataclasses import replace
from typing import Any

from models.predictor import ClipSpec, ModelCard
from models.store.labels import kinetics400_labels, numbered_labels

_ADVISORY = "Research and advice; not a medical device, and no part of a primary alarm."
_BRING_WEIGHTS = "Brought by the user with `vigil models import`; ask the weights' source."


def public_cards() -> dict[str, ModelCard]:
    """Return the card of each name, with an empty `weights_sha256`."""
    cards = (
        _i3d_rgb(),
        _i3d_flow(),
        _i3d_two_stream(),
        _cnn_lstm(),
        _echonet_ef(),
        _echonet_masks(),
        _video_resnet("mc3_18", "MC3-18"),
        _video_resnet("r2plus1d_18", "R(2+1)D-18"),
        _video_resnet("r3d_18", "R3D-18"),
        *map(_two_stream_resnet, (18, 50, 101)),
        _two_stream(),
        _optical_flow(),
    )
    return {card.name: card for card in cards}


def join_streams(card: ModelCard, *, rgb: ModelCard, flow: ModelCard) -> ModelCard:
    """Return the card of the two-stream model, filled in from the cards of its two streams.

    Raises:
        ValueError: the streams do not speak of the same classes.
    """
    if rgb.labels != flow.labels:
        raise ValueError(
            f"{card.name} sums {rgb.name} ({len(rgb.labels)} labels) and {flow.name} ({len(flow.labels)} labels), "
            "which must have the same labels in the same order; import two checkpoints trained alike"
        )
    both = hashlib.sha256(f"{rgb.weights_sha256}+{flow.weights_sha256}".encode()).hexdigest()
    licences = dict.fromkeys((rgb.licence, flow.licence))
    return replace(
        card, labels=rgb.labels, weights_sha256=both, licence="; ".join(licences), flow_method=flow.flow_method
    )


def _public(name: str, intended_use: str, **fields: Any) -> ModelCard:
    """Return the card of a network of that name, which knows Kinetics' actions unless other labels are given."""
    told = {"labels": kinetics400_labels(), "licence": _BRING_WEIGHTS, "intended_use": f"{intended_use} {_ADVISORY}"}
    return ModelCard(**{"name": name, "network": name, **told, **fields})


def _i3d_rgb() -> ModelCard:
    return _public(
        "i3d_rgb",
        "Names the human action in 64 frames of RGB video (I3D, arXiv:1705.07750).",
        preprocessing="25 frames a second, short side 256, central 224 x 224, RGB in [-1, 1]",
        clip_spec=ClipSpec(num_frames=64, frame_rate_hz=25.0, stride_seconds=0.64, short_side=256),
        input_size=(224, 224),
    )


def _i3d_flow() -> ModelCard:
    return _public(
        "i3d_flow",
        "Names the human action in 64 fields of optical flow (I3D, arXiv:1705.07750).",
        preprocessing="25 frames a second, short side 256, grey, optical flow between neighbours (by "
        "flow_method), central 224 x 224, cut off at 20 pixels and divided by 20",
        clip_spec=ClipSpec(num_frames=65, frame_rate_hz=25.0, stride_seconds=0.64, short_side=256),
        input_size=(224, 224),
        limits="The published weights were trained on TV-L1 flow, from which DIS flow differs; measure flow by tvl1 to "
        "score recordings as published.",
    )


def _i3d_two_stream() -> ModelCard:
    return replace(
        _i3d_flow(),
        name="i3d_two_stream",
        network="i3d_two_stream",
        preprocessing="as i3d_rgb and i3d_flow, whose logits are summed with equal weight",
        intended_use=f"Names the human action from RGB and optical flow together (I3D, arXiv:1705.07750). {_ADVISORY}",
    )


def _cnn_lstm() -> ModelCard:
    return _public(
        "cnn_lstm",
        "Names the action in 5 seconds of video, frame by frame with a memory.",
        preprocessing="5 frames a second, short side 256, central 224 x 224, RGB, (x - 127) / 128",
        clip_spec=ClipSpec(num_frames=25, frame_rate_hz=5.0, stride_seconds=1.0, short_side=256),
        input_size=(224, 224),
    )


def _video_resnet(name: str, title: str) -> ModelCard:
    return _public(
        name,
        f"Names the human action in 16 frames of RGB video ({title}, arXiv:1711.11248).",
        preprocessing="15 frames a second, resized to 128 x 171 whatever their aspect, central 112 x 112, RGB in 0..1 "
        "less its mean over Kinetics, divided by its deviation",
        clip_spec=ClipSpec(num_frames=16, frame_rate_hz=15.0, stride_seconds=8 / 15, short_side=128),
        input_size=(112, 112),
        pixels="kinetics",
    )


def _echonet_ef() -> ModelCard:
    return _public(
        "echonet_ef",
        "Reads the ejection fraction off an apical four-chamber echocardiogram (EchoNet-Dynamic, Nature 580:252, "
        "2020).",
        labels=("ef_percent",),
        preprocessing="50 frames a second, the fan's square, 112 x 112, grey in three channels, minus the mean and "
        "over the standard deviation of EchoNet's films; 32 frames, every second one, round an end of systole",
        answer="number",
    )


def _echonet_masks() -> ModelCard:
    return _public(
        "echonet_masks",
        "Outlines the left ventricle for echonet_ef (EchoNet-Dynamic, Nature 580:252, 2020).",
        labels=("left_ventricle",),
        preprocessing="as echonet_ef, each frame by itself",
        answer="number",
    )


def _two_stream_resnet(depth: int) -> ModelCard:
    return _public(
        f"two_stream_resnet{depth}",
        "Names the human action in two seconds of video, from frames or from their motion (two-stream network, "
        "arXiv:1406.2199).",
        labels=numbered_labels(101),
        preprocessing="25 frames a second, 224 x 224 whatever their aspect; 3 channels: every tenth frame, as "
        "ImageNet's; 20 channels: stacks of 10 fields of optical flow (by flow_method) as pictures in 0..1",
        # 51 frames: five stacks of ten fields, none of which overlap.
        clip_spec=ClipSpec(num_frames=51, frame_rate_hz=25.0, stride_seconds=1.0, short_side=256),
        input_size=(224, 224),
        limits="The published weights were trained on TV-L1 flow, from which DIS flow differs.",
    )


def _two_stream() -> ModelCard:
    return replace(
        _two_stream_resnet(101),
        name="two_stream",
        network="two_stream",
        preprocessing="as the models two_stream_spatial and two_stream_temporal, whose softmax scores are averaged",
        licence="That of the two streams; import each with --network two_stream_resnet18, 50 or 101.",
    )


def _optical_flow() -> ModelCard:
    return ModelCard(
        name="optical_flow",
        network="optical_flow",
        labels=(),
        preprocessing="25 frames a second, short side 256, grey",
        licence="Apache-2.0 (OpenCV's DIS; no weights)",
        intended_use=f"Says how much, and which way, a picture moves. {_ADVISORY}",
        # 17 frames every 16: each pair of neighbours is measured exactly once.
        clip_spec=ClipSpec(num_frames=17, frame_rate_hz=25.0, stride_seconds=0.64, short_side=256),
        limits="Moving cameras, light changes and noise count as motion.",
    )
