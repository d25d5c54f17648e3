"""Collects the seconds of operations that the frame CNN learns from: some of the common ones, all of the rare."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from models.training.phases import Show
from models.training.side_by_side import side_by_side
from models.training.surgery.frames import LabelledFrames
from models.training.surgery.operations import Operation

RARE_SHARE = 0.1
"""An instrument that is there in a smaller share of all seconds is rare: every second with it is taken."""


def collect_frames(operations: Sequence[Operation], show: Show, *, step: int, num_threads: int) -> LabelledFrames:
    """Read every so manieth frame of operations, and all with a rare instrument: those tell one phase from another."""
    tools = np.concatenate([operation.labels.tools for operation in operations])
    is_rare = tools.mean(axis=0) < RARE_SHARE  # (number of instruments,)

    def collect(operation: Operation) -> LabelledFrames:
        labels = operation.labels
        is_chosen = (np.arange(labels.num_seconds) % step == 0) | (labels.tools[:, is_rare] > 0).any(axis=1)
        frames = np.stack(list(compress(operation.frames(), is_chosen)))
        seconds = np.flatnonzero(is_chosen)[: len(frames)]
        return LabelledFrames(frames, labels.phases[seconds], labels.tools[seconds])

    parts = side_by_side(collect, operations, show, num_threads=num_threads)
    return LabelledFrames(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.phases for part in parts]),
        np.concatenate([part.tools for part in parts]),
    )
