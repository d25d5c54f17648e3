"""What is true, and what was said, at evenly spaced times: scores of clips laid out frame by frame."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from models.evaluation.cases import Case, ClipScores

View = Literal["online", "offline"]
"""online: what was known by then, from clips that had ended; offline: what the clip nearest in time says."""


def frame_times(duration_seconds: float, rate_hz: float) -> np.ndarray:
    """Return the middles of the frames of a video, (N,), in seconds."""
    return np.asarray((np.arange(int(duration_seconds * rate_hz)) + 0.5) / rate_hz)


def frame_scores(clips: ClipScores, times: np.ndarray, view: View) -> np.ndarray:
    """Return the scores of every frame, (N, num_labels); before the first clip has ended, online, they are 0.

    Args:
        clips: at least one.
        times: (N,), seconds.
        view: online or offline.
    """
    if view == "offline":
        middles = (clips.centre_seconds[1:] + clips.centre_seconds[:-1]) / 2
        return np.asarray(clips.scores[np.searchsorted(middles, times)])
    latest = np.searchsorted(clips.end_seconds, times, side="right") - 1
    return np.where(latest[:, None] >= 0, clips.scores[np.maximum(latest, 0)], 0.0)


def true_frames(case: Case, times: np.ndarray, labels: Sequence[str], background: str | None) -> np.ndarray:
    """Return which labels are true at each time, bool, (N, num_labels); the background's is where no other is."""
    is_true = np.zeros((len(times), len(labels)), bool)
    columns = {label: index for index, label in enumerate(labels)}
    for span in case.truth.spans or ():
        if span.label in columns:
            is_true[:, columns[span.label]] |= (span.start_seconds <= times) & (times < span.end_seconds)
    if background in columns:
        is_true[:, columns[background]] |= ~is_true.any(axis=1)
    return is_true
