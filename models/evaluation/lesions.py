"""Which lesions were found, whatever their outline: sensitivity and specificity by lesion and by volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from models.evaluation.measures import Measure
from models.evaluation.overlap import require_one_shape


@dataclass(frozen=True)
class LesionCounts:
    """Lesions of one volume; counts of volumes add up."""

    num_true: int
    num_hit: int
    """True lesions that something found touches."""
    num_found: int
    num_false: int
    """Found lesions that touch no true one."""


def count_lesions(truth: np.ndarray, found: np.ndarray, *, min_shared: float = 0.0) -> LesionCounts:
    """Count the connected parts of two masks of bool of one shape; voxels that share a corner are connected.

    Args:
        truth: What is there.
        found: What was found.
        min_shared: A lesion is hit, or not false, when more than this share of it lies in the other mask.

    Raises:
        ValueError: the shapes differ, or the share is outside 0..1.
    """
    require_one_shape(truth, found)
    if not 0 <= min_shared < 1:
        raise ValueError(f"min_shared must be at least 0 and below 1, got {min_shared}")
    true_shares, found_shares = _shares(truth, found), _shares(found, truth)
    return LesionCounts(
        len(true_shares),
        int((true_shares > min_shared).sum()),
        len(found_shares),
        int((found_shares <= min_shared).sum()),
    )


def lesion_measures() -> list[Measure[LesionCounts]]:
    """Return sensitivity, precision and false lesions a volume, and specificity over volumes without any lesion.

    Of a lesion that is not there nothing can be said to be rightly not found: specificity is the share of the volumes
    without a lesion in which none was found.
    """

    def ratio(volumes: Sequence[LesionCounts], part: str, whole: str) -> float:
        total = sum(getattr(one, whole) for one in volumes)
        return sum(getattr(one, part) for one in volumes) / total if total else float("nan")

    def specificity(volumes: Sequence[LesionCounts]) -> float:
        healthy = [one for one in volumes if not one.num_true]
        return float(np.mean([not one.num_found for one in healthy])) if healthy else float("nan")

    return [
        Measure(
            "lesion_sensitivity", "Lesions found", lambda some: ratio(some, "num_hit", "num_true"), is_headline=True
        ),
        Measure(
            "lesion_precision", "Found lesions that are true", lambda some: 1 - ratio(some, "num_false", "num_found")
        ),
        Measure("volume_specificity", "Healthy volumes without a false lesion", specificity, is_headline=True),
        Measure(
            "false_lesions",
            "False lesions a volume",
            lambda some: float(np.mean([one.num_false for one in some])),
            better="lower",
        ),
    ]


def _shares(mask: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return which share of each connected part of a mask lies in the other, (parts,)."""
    parts, num_parts = label(mask, structure=np.ones((3,) * mask.ndim))
    sizes = np.bincount(parts.reshape(-1), minlength=num_parts + 1)[1:]
    shared = np.bincount(parts[other.astype(bool)].reshape(-1), minlength=num_parts + 1)[1:]
    return np.asarray(shared / sizes)
