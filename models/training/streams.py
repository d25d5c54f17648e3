"""What each kind of video network sees of one clip: all frames, one, their flow, a stack of flow, or both."""

from typing import Literal

import numpy as np
from torch import Tensor, nn

from models.flow.beside_frames import fields_a_frame, with_last_twice
from models.training.batches import as_it_is
from models.training.inputs import NetworkInput, flow_of_clip, frames_and_flow_of_clip, input_of

StreamKind = Literal["frames", "middle_frame", "flow", "flow_stack", "frames_and_flow"]

STACKED_FIELDS = 10
"""Fields of flow in a stack (Simonyan & Zisserman 2014, arXiv:1406.2199, section 3)."""


def stream_input(kind: StreamKind, network: str, num_frames: int) -> NetworkInput:
    """Return the way from a clip to what a stream reads, (N, C, T, H, W).

    Args:
        kind: what the stream sees.
        network: name in the registry; it decides in which range RGB is read.
        num_frames: of a clip.
    """
    if kind == "frames":
        return input_of(network, {})
    if kind == "middle_frame":
        rgb = input_of(network, {})
        middle = num_frames // 2
        return NetworkInput(lambda frames: np.ascontiguousarray(frames[middle : middle + 1]), rgb.read)
    prepare = {"flow": _flow, "flow_stack": _flow_stack, "frames_and_flow": frames_and_flow_of_clip}[kind]
    return NetworkInput(prepare, as_it_is)


def stream_channels(kind: StreamKind, num_frames: int) -> int | None:
    """Return how many channels of flow a network must take beside or instead of RGB; None where it takes RGB alone."""
    fields = {"flow": 1, "flow_stack": STACKED_FIELDS, "frames_and_flow": fields_a_frame(num_frames)}.get(kind)
    return None if fields is None else 2 * fields


def frames_after(kind: StreamKind, num_frames: int) -> int:
    """Return how many frames after the middle of a clip a stream must wait for."""
    waits = {"middle_frame": 0, "flow_stack": min(num_frames - num_frames // 2, STACKED_FIELDS // 2)}
    return waits.get(kind, num_frames - num_frames // 2)


class OnePicture(nn.Module):
    """A network of pictures as a network of clips of one picture."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, clips: Tensor) -> Tensor:
        """Return the network's outputs for (N, C, 1, H, W)."""
        return self.network(clips.squeeze(2))  # type: ignore[no-any-return]


def _flow(frames: np.ndarray) -> np.ndarray:
    return with_last_twice(flow_of_clip(frames))


def _flow_stack(frames: np.ndarray) -> np.ndarray:
    """The fields around the middle, without each one's mean displacement, (2 x 10, 1, H, W)."""
    fields = _flow(frames)
    chosen = np.clip(len(frames) // 2 - STACKED_FIELDS // 2 + np.arange(STACKED_FIELDS), 0, fields.shape[1] - 1)
    stack = fields[:, chosen]  # (2, 10, H, W)
    stack = stack - stack.mean(axis=(2, 3), keepdims=True)
    return np.ascontiguousarray(stack.transpose(1, 0, 2, 3).reshape(-1, 1, *stack.shape[2:]))  # x and y by turns
