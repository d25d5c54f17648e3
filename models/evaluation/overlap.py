"""How much a found mask overlaps the true one."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OverlapCounts:
    """Pixels (or voxels) of one label in the truth, in the answer, and in both; counts of pictures add up."""

    num_true: int
    num_found: int
    num_shared: int

    @property
    def dice(self) -> float:
        """2 x shared / (true + found); 1 when the label is in neither."""
        total = self.num_true + self.num_found
        return 2 * self.num_shared / total if total else 1.0

    @property
    def jaccard(self) -> float:
        """Shared / union; 1 when the label is in neither."""
        union = self.num_true + self.num_found - self.num_shared
        return self.num_shared / union if union else 1.0

    def __add__(self, other: "OverlapCounts") -> "OverlapCounts":
        return OverlapCounts(
            self.num_true + other.num_true, self.num_found + other.num_found, self.num_shared + other.num_shared
        )


def count_overlap(truth: np.ndarray, found: np.ndarray) -> OverlapCounts:
    """Count one label's pixels in two masks of bool of one shape.

    Raises:
        ValueError: the shapes differ.
    """
    require_one_shape(truth, found)
    return OverlapCounts(int(truth.sum()), int(found.sum()), int((truth & found).sum()))


def require_one_shape(truth: np.ndarray, found: np.ndarray, what: str = "masks") -> None:
    """Refuse a truth and an answer that are not of the same picture.

    Raises:
        ValueError: the shapes differ.
    """
    if truth.shape != found.shape:
        raise ValueError(f"both {what} must have one shape, got {truth.shape} (truth) and {found.shape} (found)")
