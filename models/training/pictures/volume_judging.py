"""Measures what detectors make of volumes: average precision by the overlap of boxes and masks in three dimensions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from models.detection.found import FoundObjects
from models.evaluation.average_precision import REPORTED_IOUS, ScoredOverlap, average_precision, box_ious
from models.evaluation.bootstrap import bootstrap
from models.training.pictures.labelled import LabelledPicture, MarkedObjects

_NUM_RESAMPLES = 200


def judge_volumes(
    volumes: Sequence[LabelledPicture], found: Sequence[FoundObjects], *, has_masks: bool
) -> dict[str, Any]:
    """Return average precision of boxes, and of masks where there are any, with 95 % intervals over volumes.

    Args:
        volumes: with what is true.
        found: of each volume, of any score.
        has_masks: what is found has masks, and what is true has outlines.
    """
    marked = [volume.objects() for volume in volumes]
    pairs = list(zip(marked, found, strict=True))
    overlaps = {"boxes": [_overlap(true, one, box_ious(true.boxes, one.boxes)) for true, one in pairs]}
    if has_masks:
        overlaps["masks"] = [_overlap(true, one, _mask_ious(true, one)) for true, one in pairs]
    return {
        f"{kind}_{name}": bootstrap(some, partial(average_precision, ious=ious), num_resamples=_NUM_RESAMPLES).rounded()
        for kind, some in overlaps.items()
        for name, ious in REPORTED_IOUS.items()
    }


def _overlap(true: MarkedObjects, found: FoundObjects, ious: np.ndarray) -> ScoredOverlap:
    return ScoredOverlap(ious, found.scores, true.classes, found.classes)


def _mask_ious(true: MarkedObjects, found: FoundObjects) -> np.ndarray:
    """Return the intersection over union of every true mask with every found one, (true, found)."""
    shared = np.array([[(mask[one.place] & one.mask).sum() for one in found.masks] for mask in true.masks], float)
    true_sizes = true.masks.reshape(len(true.masks), -1).sum(1)[:, None]
    union = true_sizes + np.array([one.area for one in found.masks], float) - shared.reshape(len(true.masks), -1)
    return np.asarray(shared.reshape(union.shape) / np.maximum(union, 1))
