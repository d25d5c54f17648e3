"""Serves the two-stream ResNets: frames of a clip, stacks of its flow, or both with the mean of their scores.

Source: Simonyan & Zisserman, arXiv:1406.2199; what the networks see as in
github.com/jeffreyyihuang/two-stream-action-recognition (MIT), whose published weights were trained so: pictures are
resized to 224 x 224 whatever their aspect; a frame is standardised as ImageNet's; flow is cut off at 20 pixels, kept as
8-bit grey pictures in 0..1, ten fields of them stacked. It differs: flow is resized before it becomes 8-bit pictures.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from models.flow.dis import FLOW_BOUND_PIXELS, grey_frames
from models.flow.methods import FlowMeasure, flow_measure
from models.networks.imagenet import IMAGENET_MEAN, IMAGENET_STD
from models.networks.two_stream import STACKED_FLOWS
from models.predictor import ModelCard
from models.predictors.clip_classifier import ClipClassifier, Stream
from models.predictors.trained import trained_network
from models.runtime.options import RuntimeOptions, clips_at_once
from models.runtime.preparing import prepare_for_inference
from models.runtime.ready import ReadyNetwork
from models.samples import Clip
from models.store.catalogue import find_card
from models.transforms import resize_exactly, resize_short_side, standardise_clip

SPATIAL_CHANNELS = 3


def build_stream_resnet(card: ModelCard, options: RuntimeOptions) -> "MeanScoreClassifier":
    """Return a predictor of one stream: the spatial one where its network has 3 channels, else the temporal one."""
    return MeanScoreClassifier(card, [_stream(card, options)], max_batch_size=clips_at_once(options))


def build_two_stream_resnets(card: ModelCard, options: RuntimeOptions) -> "MeanScoreClassifier":
    """Return the predictor that fuses the models two_stream_spatial and two_stream_temporal."""
    parts = [_stream(find_card(name), options) for name in ("two_stream_spatial", "two_stream_temporal")]
    return MeanScoreClassifier(card, parts, max_batch_size=clips_at_once(options))


class MeanScoreClassifier(ClipClassifier):
    """Returns the mean of its streams' softmax scores."""

    def _join(self, logits: Tensor) -> Tensor:
        return mean_score_logits(logits)


class FrameStream:
    """A network on frames of a clip, one for each stack of flow that the clip has; their scores are averaged.

    Args:
        network: Maps (N, 3, 224, 224) to (N, num_classes).
        size: Height and width of what it sees.
    """

    def __init__(self, network: ReadyNetwork, *, size: tuple[int, int]) -> None:
        self._network = network
        self._size = size

    def prepare(self, clip: Clip) -> np.ndarray:
        """Return (num_stacks, 3, H, W), float32."""
        frames = resize_exactly(clip.frames[stack_starts(clip.num_frames)], self._size)
        return standardise_clip(frames, IMAGENET_MEAN, IMAGENET_STD).swapaxes(0, 1)

    def logits(self, inputs: Sequence[np.ndarray]) -> Tensor:
        return _scores_of_views(self._network, inputs)


class FlowStackStream:
    """A network on stacks of a clip's flow, one after the other; their scores are averaged.

    Args:
        network: Maps (N, 20, 224, 224) to (N, num_classes).
        size: Height and width of what it sees.
        short_side: Height or width, whichever is smaller, of the frames between which flow is measured.
        measure: What measures flow.
    """

    def __init__(self, network: ReadyNetwork, *, size: tuple[int, int], short_side: int, measure: FlowMeasure) -> None:
        self._network = network
        self._size = size
        self._short_side = short_side
        self._measure = measure

    def prepare(self, clip: Clip) -> np.ndarray:
        """Return (num_stacks, 20, H, W), float32 in 0..1."""
        frames = grey_frames(resize_short_side(clip.frames, self._short_side))
        pictures = flow_pictures(self._measure(frames[:-1], frames[1:]), self._size)
        stacks = [pictures[start : start + STACKED_FLOWS] for start in stack_starts(clip.num_frames)]
        return np.stack([stack_pictures(stack) for stack in stacks])

    def logits(self, inputs: Sequence[np.ndarray]) -> Tensor:
        return _scores_of_views(self._network, inputs)


def stack_starts(num_frames: int) -> list[int]:
    """Return the frame at which each stack begins; a field of flow needs a frame more.

    Raises:
        ValueError: there are not enough frames for one stack.
    """
    if num_frames <= STACKED_FLOWS:
        raise ValueError(
            f"a stack of {STACKED_FLOWS} fields of flow needs {STACKED_FLOWS + 1} frames, got {num_frames}"
        )
    return list(range(0, num_frames - STACKED_FLOWS, STACKED_FLOWS))


def flow_pictures(flows: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return flow as the grey pictures that it is published as, in 0..1.

    Args:
        flows: (T, H, W, 2), pixels.
        size: Height and width to resize to.

    Returns:
        (T, *size, 2), float32; 0 and 1 are -20 and 20 pixels, in steps of 1/255.
    """
    height, width = size
    resized = np.stack([cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) for flow in flows])
    bounded = np.clip(resized, -FLOW_BOUND_PIXELS, FLOW_BOUND_PIXELS)
    grey = np.round((bounded + FLOW_BOUND_PIXELS) * (255 / (2 * FLOW_BOUND_PIXELS)))
    return (grey / 255).astype(np.float32)  # type: ignore[no-any-return]


def stack_pictures(pictures: np.ndarray) -> np.ndarray:
    """Return ten fields, (10, H, W, 2), as channels: x and y of the second, ... of the tenth, then of the first.

    The published loader counts from -1, so that the first field comes last; its weights were trained on that order.
    """
    rotated = np.roll(pictures, -1, axis=0)
    return np.ascontiguousarray(rotated.transpose(0, 3, 1, 2).reshape(-1, *pictures.shape[1:3]))  # (20, H, W)


def mean_score_logits(logits: Tensor) -> Tensor:
    """Return logits whose softmax is the mean of the softmax over the first axis, (V, ..., C) to (..., C)."""
    return logits.log_softmax(-1).logsumexp(0) - float(np.log(len(logits)))


def _scores_of_views(network: ReadyNetwork, inputs: Sequence[np.ndarray]) -> Tensor:
    """Return one row a clip whose softmax is the mean over the clip's views, each (views, C, H, W)."""
    views = network(torch.from_numpy(np.concatenate(inputs)))
    parts = torch.split(views, [len(clip) for clip in inputs])
    return torch.stack([mean_score_logits(part) for part in parts])


def _stream(card: ModelCard, options: RuntimeOptions) -> Stream:
    if card.clip_spec is None or card.input_size is None:
        raise ValueError(f"the card of {card.name} must state a clip_spec and an input_size")
    network = trained_network(card)
    example = torch.zeros(1, network.in_channels, *card.input_size)
    ready = prepare_for_inference(network, example, options)
    if network.in_channels == SPATIAL_CHANNELS:
        return FrameStream(ready, size=card.input_size)
    if network.in_channels != 2 * STACKED_FLOWS:
        raise ValueError(
            f"{card.name} must read {SPATIAL_CHANNELS} channels of a frame or {2 * STACKED_FLOWS} of flow, "
            f"it reads {network.in_channels}"
        )
    measure = flow_measure(card.flow_method)
    return FlowStackStream(ready, size=card.input_size, short_side=card.clip_spec.short_side, measure=measure)
