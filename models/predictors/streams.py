"""What the networks of a clip classifier see: RGB, or optical flow."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from models.flow.beside_frames import frames_with_flow, with_last_twice
from models.flow.dis import grey_frames, normalise_flow
from models.flow.methods import FlowMeasure, flow_measure
from models.predictors.frame_memory import FrameMemory
from models.predictors.remembered_frames import pair_keys
from models.runtime.ready import ReadyNetwork
from models.samples import Clip
from models.transforms import crop_centre, normalise_clip, resize_short_side

FLOW_MEMORY_BYTES = 256 * 2**20
"""640 pairs of 224 x 224: enough for a dozen cameras whose clips overlap by three quarters."""


class RgbStream:
    """A network on RGB frames.

    Args:
        network: Maps (N, 3, T, H, W) to (N, num_classes).
        num_frames: Frames that it reads, from the start of the clip.
        short_side: Height or width, whichever is smaller, to which frames are resized.
        input_size: Height and width of the central crop; None: the whole frame.
        normalise: Maps uint8 frames (T, H, W, 3) to what the network reads, (3, T, H, W), float32.
    """

    def __init__(
        self,
        network: ReadyNetwork,
        *,
        num_frames: int,
        short_side: int,
        input_size: tuple[int, int] | None,
        normalise: Callable[[np.ndarray], np.ndarray] = normalise_clip,
    ) -> None:
        self._network = network
        self._normalise = normalise
        self._num_frames = num_frames
        self._short_side = short_side
        self._input_size = input_size

    def prepare(self, clip: Clip) -> np.ndarray:
        frames = resize_short_side(clip.frames[: self._num_frames], self._short_side)
        return self._normalise(crop_centre(frames, self._input_size) if self._input_size else frames)

    def logits(self, inputs: Sequence[np.ndarray]) -> Tensor:
        return run_by_shape(self._network, inputs)


class FlowStream:
    """A network on the optical flow between neighbouring frames: a clip of T + 1 frames gives T of flow.

    The flow of a pair of frames is remembered for the clips that overlap it.

    Args:
        network: Maps (N, 2, T, H, W) to (N, num_classes).
        short_side: Height or width, whichever is smaller, of the frames between which flow is measured.
        input_size: Height and width of the central crop of the flow; None: the whole of it.
        measure: What measures flow; None: DIS.
        memory_bytes: How much flow is remembered.
    """

    def __init__(
        self,
        network: ReadyNetwork,
        *,
        short_side: int,
        input_size: tuple[int, int] | None,
        measure: FlowMeasure | None = None,
        memory_bytes: int = FLOW_MEMORY_BYTES,
    ) -> None:
        self._network = network
        self._short_side = short_side
        self._input_size = input_size
        self._measure = measure or flow_measure("dis")
        self._memory: FrameMemory[np.ndarray] = FrameMemory(memory_bytes)

    def prepare(self, clip: Clip) -> np.ndarray:
        measure = partial(self._measured, clip.frames)
        return normalise_flow(np.stack(self._memory.complete(pair_keys(clip), measure)))

    def logits(self, inputs: Sequence[np.ndarray]) -> Tensor:
        return run_by_shape(self._network, inputs)

    def _measured(self, frames: np.ndarray, starts: Sequence[int]) -> list[np.ndarray]:
        """Return the cropped flow of the pairs that begin at these frames."""
        needed = sorted({*starts, *(start + 1 for start in starts)})
        small = dict(zip(needed, grey_frames(resize_short_side(frames[needed], self._short_side)), strict=True))
        first, second = (np.stack([small[start + step] for start in starts]) for step in (0, 1))
        flows = self._measure(first, second)
        if self._input_size:
            flows = crop_centre(flows, self._input_size)
        return [flow.copy() for flow in flows]


class FramesAndFlowStream(FlowStream):
    """A network on a few frames with the flow that follows each; maps (N, 3 + 2 K, 5, H, W) to (N, num_classes)."""

    def prepare(self, clip: Clip) -> np.ndarray:
        frames = resize_short_side(clip.frames, self._short_side)
        if self._input_size:
            frames = crop_centre(frames, self._input_size)
        return frames_with_flow(frames, with_last_twice(super().prepare(clip)))


def run_by_shape(network: ReadyNetwork, inputs: Sequence[np.ndarray]) -> Tensor:
    """Return the network's output for inputs of which some may differ in shape, in their order."""
    indices_of_shape: dict[tuple[int, ...], list[int]] = {}
    for index, array in enumerate(inputs):
        indices_of_shape.setdefault(array.shape, []).append(index)
    rows: dict[int, Tensor] = {}
    for indices in indices_of_shape.values():
        batch = torch.from_numpy(np.stack([inputs[index] for index in indices]))
        rows.update(zip(indices, network(batch), strict=True))
    return torch.stack([rows[index] for index in range(len(inputs))])
