"""TV-L1 flow measured and used on one device: between flow and network nothing goes back to the CPU."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from models.flow.dis import FLOW_BOUND_PIXELS, grey_frames
from models.flow.tvl1 import tvl1_flow
from models.predictors.frame_memory import FrameMemory
from models.predictors.remembered_frames import pair_keys
from models.runtime.ready import ReadyNetwork
from models.samples import Clip
from models.transforms import resize_short_side

FLOW_MEMORY_BYTES = 2**30
"""Of the device: 2,600 pairs of 224 x 224."""
PAIRS_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class PreparedPairs:
    """The grey frames of a clip, small enough to travel."""

    frames: np.ndarray
    """uint8, (T + 1, H, W)."""
    keys: Sequence[Hashable | None]
    """Under which the flow of each pair is remembered."""


class DeviceFlowStream:
    """A network on the optical flow between neighbouring frames, as `FlowStream`, but for TV-L1 on a GPU.

    Args:
        network: Maps (N, 2, T, H, W) to (N, num_classes), on `device`.
        short_side: Height or width, whichever is smaller, of the frames between which flow is measured.
        input_size: Height and width of the central crop of the flow; None: the whole of it.
        device: "cuda:N", or "cpu".
        memory_bytes: How much flow is remembered, in the device's memory.
    """

    def __init__(
        self,
        network: ReadyNetwork,
        *,
        short_side: int,
        input_size: tuple[int, int] | None,
        device: str,
        memory_bytes: int = FLOW_MEMORY_BYTES,
    ) -> None:
        self._network = network
        self._short_side = short_side
        self._input_size = input_size
        self._device = device
        self._memory: FrameMemory[Tensor] = FrameMemory(memory_bytes)

    def prepare(self, clip: Clip) -> PreparedPairs:
        return PreparedPairs(grey_frames(resize_short_side(clip.frames, self._short_side)), pair_keys(clip))

    @torch.inference_mode()
    def logits(self, inputs: Sequence[PreparedPairs]) -> Tensor:
        return torch.cat([self._network(self._flow(pairs)[None]) for pairs in inputs])

    def _flow(self, pairs: PreparedPairs) -> Tensor:
        """Return the normalised flow of a clip, (2, T, H, W), on the device."""
        flows = self._memory.complete(pairs.keys, partial(self._measured, pairs.frames))
        known = torch.stack(flows, 1)  # (2, T, H, W)
        return known.clamp(-FLOW_BOUND_PIXELS, FLOW_BOUND_PIXELS) / FLOW_BOUND_PIXELS

    def _measured(self, grey: np.ndarray, starts: Sequence[int]) -> Iterator[Tensor]:
        """Yield the cropped flow of the pairs that begin at these frames."""
        frames = torch.from_numpy(grey).to(self._device)
        for start in range(0, len(starts), PAIRS_AT_ONCE):
            group = torch.tensor(starts[start : start + PAIRS_AT_ONCE], device=self._device)
            yield from self._cropped(tvl1_flow(frames[group], frames[group + 1]))

    def _cropped(self, flows: Tensor) -> list[Tensor]:
        """Return the middle of each field (N, 2, H, W), owning its numbers."""
        height, width = self._input_size or flows.shape[2:]
        top, left = (flows.shape[2] - height) // 2, (flows.shape[3] - width) // 2
        return [flow[:, top : top + height, left : left + width].clone() for flow in flows]
