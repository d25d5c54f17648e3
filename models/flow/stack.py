"""The temporal input of the two-stream network: the flow of several frames as the channels of one picture."""

import numpy as np

from models.flow.dis import FLOW_BOUND_PIXELS

STACK_LENGTH = 10
"""Fields of flow in a stack: L in the paper."""


def stack_flow(flows: np.ndarray, *, length: int = STACK_LENGTH) -> np.ndarray:
    """Stack neighbouring fields of flow, without the motion that a whole field has in common.

    Args:
        flows: (T, H, W, 2), pixels, one field a pair of frames.
        length: Fields a stack.

    Returns:
        (T - length + 1, 2 * length, H, W), float32 in [-2, 2]: stacks that begin at each field that has enough
        followers; channels are x and y of the first field, x and y of the second, and so on.

    Raises:
        ValueError: there are fewer fields than a stack needs.

    Source: Simonyan & Zisserman, "Two-Stream Convolutional Networks for Action Recognition in Videos", NeurIPS 2014,
    arXiv:1406.2199, section 3.1 (optical flow stacking, mean flow subtraction). It differs: the authors keep flow as
    8-bit pictures; here it is cut off at 20 pixels and divided by 20, as for I3D, without the rounding.
    """
    if len(flows) < length:
        raise ValueError(f"a stack needs {length} fields of flow, got {len(flows)}; lengthen the clip")
    bounded = np.clip(flows, -FLOW_BOUND_PIXELS, FLOW_BOUND_PIXELS) / np.float32(FLOW_BOUND_PIXELS)
    centred = bounded - bounded.mean((1, 2), keepdims=True)
    planes = np.ascontiguousarray(centred.transpose(0, 3, 1, 2), dtype=np.float32)  # (T, 2, H, W)
    starts = range(len(flows) - length + 1)
    return np.stack([planes[start : start + length].reshape(-1, *planes.shape[2:]) for start in starts])
