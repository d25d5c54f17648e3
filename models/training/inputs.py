"""What each network reads: how a clip of RGB frames becomes its input, in training as when it is served."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import Tensor

from models.flow.beside_frames import frames_with_flow, with_last_twice
from models.flow.dis import flow_between, grey_frames, normalise_flow
from models.training.batches import as_it_is
from models.training.replicas import to_input

InputKind = Literal["rgb", "flow", "frames_and_flow"]


@dataclass(frozen=True)
class NetworkInput:
    """The way from the frames of a clip to a network."""

    prepare: Callable[[np.ndarray], np.ndarray]
    """Turns one clip, uint8 RGB (T, H, W, 3), into what a batch holds; in the thread that makes batches."""
    read: Callable[[Tensor], Tensor]
    """Turns a batch of that into what the network reads, (N, C, T, H, W), float32; on the network's device."""


def input_of(network: str, options: Mapping[str, Any], kind: InputKind = "rgb") -> NetworkInput:
    """Return the input of a network by its name in the registry and its options."""
    if kind == "flow":
        return NetworkInput(flow_of_clip, as_it_is)
    if kind == "frames_and_flow":
        return NetworkInput(frames_and_flow_of_clip, as_it_is)
    cnn = options.get("cnn", _LITE_CNN) if network == "cnn_rnn" else _FRAME_CNNS.get(network)
    return NetworkInput(np.ascontiguousarray, to_lite_input if cnn == _LITE_CNN else to_input)


def flow_of_clip(frames: np.ndarray) -> np.ndarray:
    """Return the optical flow between the frames of a clip, as its predictor measures it.

    Args:
        frames: uint8 RGB, (T + 1, H, W, 3), at least 12 pixels high and wide.

    Returns:
        (2, T, H, W), float32 in [-1, 1].
    """
    grey = grey_frames(frames)
    return normalise_flow(np.stack([flow_between(*grey[index : index + 2]) for index in range(len(grey) - 1)]))


def frames_and_flow_of_clip(frames: np.ndarray) -> np.ndarray:
    """Return what the 3D-fused network reads of a clip, uint8 RGB (T, H, W, 3), T at least 2: `frames_with_flow`."""
    return frames_with_flow(frames, with_last_twice(flow_of_clip(frames)))


def to_lite_input(frames: Tensor) -> Tensor:
    """Map uint8 frames (N, T, H, W, 3) to (N, 3, T, H, W), float32: (x - 127) / 128, as EfficientNet-Lite reads it."""
    return ((frames.float() - 127) * (1 / 128)).permute(0, 4, 1, 2, 3)


_LITE_CNN = "efficientnet_lite0"
_FRAME_CNNS = {"cnn_lstm": _LITE_CNN, "efficientnet_lite0_3d": _LITE_CNN}
"""Networks that read what EfficientNet-Lite reads."""
