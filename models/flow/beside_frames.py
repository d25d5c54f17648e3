"""A few frames of a clip with the flow that follows each, which is what the 3D-fused two-stream network reads."""

import numpy as np

FUSED_FRAMES = 5
"""Frames that the network sees of a clip (Carreira & Zisserman 2017, arXiv:1705.07750, section 2.3)."""


def fields_a_frame(num_frames: int) -> int:
    """Return how many fields of flow go with each frame that the network sees of a clip."""
    return max(1, num_frames // FUSED_FRAMES)


def frames_with_flow(frames: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Return frames evenly spread over a clip, each with the K = `fields_a_frame` fields that follow it.

    Args:
        frames: uint8 RGB, (T, H, W, 3).
        flow: (2, T, H, W), float32 in [-1, 1]: field t leads from frame t to the next one; the last stands twice.

    Returns:
        (3 + 2 K, 5, H, W), float32 in [-1, 1]: RGB, then x and y of each field in order of time.
    """
    num_fields = fields_a_frame(len(frames))
    starts = np.linspace(0, len(frames) - num_fields, FUSED_FRAMES).round().astype(int)
    rgb = frames[starts].astype(np.float32).transpose(3, 0, 1, 2) / 127.5 - 1  # (3, 5, H, W)
    following = np.stack([flow[:, starts + offset] for offset in range(num_fields)])  # (K, 2, 5, H, W)
    return np.concatenate([rgb, following.reshape(-1, *following.shape[2:])]).astype(np.float32)


def with_last_twice(flow: np.ndarray) -> np.ndarray:
    """Return as many fields as frames, (2, T, H, W), of the T - 1 between them."""
    return np.concatenate([flow, flow[:, -1:]], axis=1)
