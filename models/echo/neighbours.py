"""The frames beside a frame: they show what in it is blood, whose speckle is new each time, and what is wall."""

import numpy as np

FRAMES_SEEN = 3
"""At once: a frame between its neighbours."""
NEIGHBOUR_SECONDS = 0.04
"""From a frame to its neighbours: a wall has moved by less than its thickness."""


def neighbour_indices(num_frames: int, frame_rate_hz: float, *, num_seen: int = FRAMES_SEEN) -> np.ndarray:
    """Return of every frame the one before, itself, and the one after, (num_frames, 3); a recording's ends are held.

    Args:
        num_frames: of the recording.
        frame_rate_hz: of the recording.
        num_seen: 1 returns each frame alone, (num_frames, 1).
    """
    distance = max(round(NEIGHBOUR_SECONDS * frame_rate_hz), 1)
    own = np.arange(num_frames)
    indices = np.stack((own - distance, own, own + distance), 1).clip(0, num_frames - 1)
    return indices if num_seen == FRAMES_SEEN else indices[:, 1:2]
