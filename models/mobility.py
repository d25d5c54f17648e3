"""What a mobility model says at each step: activities, who is where, how many of the staff take part."""

from collections.abc import Sequence

import numpy as np

ACTIVITIES = ("into_bed", "out_of_bed", "into_chair", "out_of_chair")
PLACES = ("in_bed", "chair", "standing", "away")
"""Where the patient is; standing includes walking, away is out of the room."""
PLACE_LABELS = ("patient_in_bed", "patient_in_chair", "patient_standing", "patient_away")
PATIENT_ALONE = "patient_alone"
STAFF_PRESENT = "staff_present"
LABELS = (*ACTIVITIES, *PLACE_LABELS, PATIENT_ALONE, STAFF_PRESENT)
"""Of a mobility model, in the order of its scores, which are independent of each other."""
PERSONNEL = "personnel"
"""Name of the measurement that counts the staff who take part in an activity."""
MAX_PERSONNEL = 3

FRAME_RATE_HZ = 2.5
"""Steps a second."""
INPUT_SIZE = (96, 128)
"""Height and width to which every frame is brought, whatever its aspect."""
CHANGE_STEPS = 2
"""A frame is compared with the one so many steps before it."""
MEAN_STEPS = 16
"""A frame is compared with the mean of so many, itself the last of them."""
MEAN_BEFORE = MEAN_STEPS - 1
"""Frames before the first that are needed to see it as the network does."""


def see_changes(frames: np.ndarray, *, first: int = 0) -> np.ndarray:
    """Return each frame beside an earlier one and the mean of the last ones.

    Where the video is younger than that, the mean is taken over what there is, and the earlier frame is the first.

    Args:
        frames: uint8 RGB, (T, H, W, 3).
        first: The first frame that is wanted; those before it are only compared with.

    Returns:
        uint8, (T - first, 3, H, W, 3): now, `CHANGE_STEPS` before, mean of the last `MEAN_STEPS`.
    """
    seen = np.empty((len(frames) - first, 3, *frames.shape[1:]), np.uint8)
    oldest = max(first - MEAN_BEFORE, 0)
    total = frames[oldest:first].sum(axis=0, dtype=np.uint16)
    for row, index in enumerate(range(first, len(frames))):
        total += frames[index]
        if index - oldest == MEAN_STEPS:
            total -= frames[oldest]
            oldest += 1
        seen[row, 0] = frames[index]
        seen[row, 1] = frames[max(index - CHANGE_STEPS, 0)]
        seen[row, 2] = total // (index - oldest + 1)
    return seen


def count_over(personnel: Sequence[float]) -> int:
    """Return how many take part in an activity, from what was expected at each of its steps."""
    return round(sum(personnel) / len(personnel))
