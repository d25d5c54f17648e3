"""Objects of a volume's label maps: how found ones overlap true ones, as masks and as the boxes around them."""

from collections.abc import Mapping

import numpy as np

from models.evaluation.average_precision import ScoredOverlap, box_ious
from models.evaluation.coco import Kind
from models.evaluation.instances import instance_overlap
from models.imaging.numbered_boxes import numbered_boxes


def volume_overlaps(truth: np.ndarray, found: np.ndarray, scores: Mapping[int, float]) -> dict[Kind, ScoredOverlap]:
    """Return the overlap of masks, and of the boxes around them.

    Args:
        truth: integers, (D, H, W): 0 is background, every object has a number of its own.
        found: the same of what was found.
        scores: of the numbers of what was found; 1 where one has none.

    Raises:
        ValueError: the shapes differ, or there are other things than integers of at least 0.
    """
    masks = instance_overlap(truth, found).ious
    numbers = [int(number) for number in np.unique(found) if number]
    told = np.array([scores.get(number, 1.0) for number in numbers])
    classes = [np.ones(count, np.int64) for count in masks.shape]
    ious: dict[Kind, np.ndarray] = {"masks": masks, "boxes": box_ious(_boxes(truth), _boxes(found))}
    return {kind: ScoredOverlap(one, told, *classes) for kind, one in ious.items()}


def _boxes(labels: np.ndarray) -> np.ndarray:
    """Return the boxes around objects in the order of their numbers, float, (N, 6): lower corner, upper corner."""
    boxes = [box for _, box in numbered_boxes(labels.astype(np.int32))]
    corners = [[*(edge.start for edge in box), *(edge.stop for edge in box)] for box in boxes]
    return np.array(corners, float).reshape(len(corners), 2 * labels.ndim)
