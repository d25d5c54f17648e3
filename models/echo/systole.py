"""Finds the beats in the area of the left ventricle over time."""

import numpy as np
from scipy.signal import find_peaks

LEAST_FRAMES_BETWEEN = 20
"""EchoNet's films have 50 frames a second: two ends of systole lie at least 0.4 s apart."""
LEAST_DEPTH = 0.5
"""How far the area must fall, as a share of its range."""


def trimmed_range(areas: np.ndarray) -> tuple[float, float]:
    """Return the smallest and the largest area as EchoNet-Dynamic trims them.

    The places are the number of frames to the powers of 0.05 and 0.95, which for any film are near its second-smallest
    and some way below its largest area. Shares of 5 and 95 % were surely meant; it is kept as published.

    Source: Ouyang et al., Nature 580:252, 2020; github.com/echonet/dynamic, echonet/utils/segmentation.py.
    """
    ordered = np.sort(areas)
    return float(ordered[round(len(areas) ** 0.05)]), float(ordered[round(len(areas) ** 0.95)])


def find_systoles(areas: np.ndarray, *, least_frames_between: float = LEAST_FRAMES_BETWEEN) -> np.ndarray:
    """Return the frames in which the ventricle is at its smallest, one a beat, rising.

    Args:
        areas: of the left ventricle, any unit, (T,).
        least_frames_between: EchoNet's 20 at its 50 frames a second; at another rate as many as make 0.4 s.

    Raises:
        ValueError: there are fewer than two frames.

    Source: as `trimmed_range`.
    """
    if len(areas) < 2:
        raise ValueError(f"at least two areas are needed, got {len(areas)}")
    least, most = trimmed_range(areas)
    peaks = find_peaks(-areas, distance=max(least_frames_between, 1), prominence=LEAST_DEPTH * (most - least))
    return np.asarray(peaks[0])
