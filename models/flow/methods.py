"""The ways to measure optical flow, by name: DIS for live pictures, TV-L1 as the published networks were trained."""

from collections.abc import Callable
from typing import Literal, get_args

import cv2
import numpy as np

from models.flow.dis import flow_between

FlowMethod = Literal["dis", "tvl1"]
FLOW_METHODS: tuple[FlowMethod, ...] = get_args(FlowMethod)

FlowMeasure = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Maps frames (N, H, W), uint8, grey, and the frames that follow them to flow (N, H, W, 2), float32 pixels."""

_PAIRS_AT_ONCE = {"cpu": 2, "cuda": 64}
"""On a CPU what is worked on should stay in the cache; a GPU wants to be filled."""


def flow_measure(method: str, *, device: str = "cpu", threads: int = 0) -> FlowMeasure:
    """Return what measures flow by this method.

    Args:
        method: "dis" or "tvl1".
        device: From `flow_device`.
        threads: Threads of the CPU; 0: all cores.

    Raises:
        ValueError: the method is unknown.
    """
    if threads:
        _set_threads(method, threads)
    if method == "dis":
        return _by_dis
    if method == "tvl1":
        return lambda first, second: _by_tvl1(first, second, device)
    raise ValueError(f"flow must be measured by {' or '.join(FLOW_METHODS)}, got {method!r}")


def flow_device(method: str, device: str) -> str:
    """Return "cpu" or "cuda:N" for what was asked: TV-L1 runs where it is told, DIS on the CPU.

    Raises:
        ValueError: the device is not known, or not on this machine.
    """
    if method != "tvl1":
        return "cpu"
    from models.runtime.options import choose_device

    return choose_device(device)


def _set_threads(method: str, threads: int) -> None:
    cv2.setNumThreads(threads)
    if method == "tvl1":
        import torch

        torch.set_num_threads(threads)


def _by_dis(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.stack([flow_between(*pair) for pair in zip(first, second, strict=True)])


def _by_tvl1(first: np.ndarray, second: np.ndarray, device: str) -> np.ndarray:
    import torch

    from models.flow.tvl1 import tvl1_flow

    group = _PAIRS_AT_ONCE[device.split(":")[0]]
    flows = []
    for start in range(0, len(first), group):
        pairs = np.stack((first[start : start + group], second[start : start + group]))  # (2, n, H, W)
        here, there = torch.from_numpy(pairs).to(device)
        flows.append(tvl1_flow(here, there).cpu())
    return torch.cat(flows).permute(0, 2, 3, 1).contiguous().numpy()
