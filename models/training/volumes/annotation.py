"""From label maps to what is taught: a class for each voxel, and a weight that is 0 where nobody labelled it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.segmentation.border_weights import balance_weights, border_weights

UNLABELLED = -1
"""Number of a voxel that nobody labelled."""
Slices = dict[int, tuple[int, ...]]
"""Indices of annotated slices, by axis: 0 is D, 1 is H, 2 is W."""


@dataclass(frozen=True)
class Annotation:
    """How the numbers of label maps are meant."""

    labels: tuple[str, ...]
    """Of the classes, the background first."""
    are_instances: bool = False
    """Whether every number from 1 on is an object of the second class."""
    class_weights: Literal["balanced", "equal"] | Sequence[float] = "balanced"
    border_weight: float = 0.0
    sigma_voxels: float = 2.0

    def teach(self, numbers: np.ndarray, slices: Slices | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the class and the weight of each voxel, float32, (D, H, W); the mean weight of labelled ones is 1.

        Args:
            numbers: whole numbers, (D, H, W), `UNLABELLED` where nobody labelled a voxel.
            slices: those that were annotated; None: all.

        Raises:
            ValueError: a number is of no class, a slice lies outside, or nothing is labelled.
        """
        if slices is not None:
            numbers = np.where(slice_mask(numbers.shape, slices), numbers, UNLABELLED)
        is_labelled = numbers != UNLABELLED
        if not is_labelled.any():
            raise ValueError("required at least one labelled voxel, found none; annotate a slice")
        classes = np.minimum(numbers, 1) if self.are_instances else numbers
        highest = int(classes[is_labelled].max())
        if highest >= len(self.labels):
            raise ValueError(
                f"required numbers 0 to {len(self.labels) - 1} for {', '.join(self.labels)}, found {highest}; name its "
                "class in labels, or say with unlabelled that nobody labelled it"
            )
        weights = np.zeros(numbers.shape, np.float32)
        weights[is_labelled] = self._class_weights(classes[is_labelled])
        if self.border_weight:
            weights += self._gaps(numbers, is_labelled, slices)
        weights *= float(is_labelled.sum() / weights.sum())
        return np.asarray(np.maximum(classes, 0), dtype=np.float32), weights

    def _class_weights(self, classes: np.ndarray) -> np.ndarray:
        if self.class_weights == "equal":
            return np.ones(len(classes), np.float32)
        if self.class_weights == "balanced":
            return balance_weights(classes)
        return np.asarray(np.asarray(self.class_weights, np.float32)[classes])

    def _gaps(self, numbers: np.ndarray, is_labelled: np.ndarray, slices: Slices | None) -> np.ndarray:
        """Return what gaps add, slice by slice where only slices were annotated: what lies between them is unknown."""
        objects = np.maximum(numbers, 0)
        if slices is None:
            return np.asarray(self._gaps_between(objects) * is_labelled)
        gaps = np.zeros(numbers.shape, np.float32)
        for axis, indices in slices.items():
            for index in indices:
                plane = np.moveaxis(gaps, axis, 0)[index]
                np.maximum(plane, self._gaps_between(np.moveaxis(objects, axis, 0)[index]), out=plane)
        return gaps

    def _gaps_between(self, objects: np.ndarray) -> np.ndarray:
        weights = border_weights(objects, border_weight=self.border_weight, sigma_pixels=self.sigma_voxels)
        return np.asarray(weights - balance_weights(objects > 0))


def slice_mask(shape: tuple[int, ...], slices: Slices) -> np.ndarray:
    """Return which voxels lie in one of the slices, bool (D, H, W).

    Raises:
        ValueError: a slice lies outside.
    """
    mask = np.zeros(shape, bool)
    for axis, indices in slices.items():
        outside = [index for index in indices if not 0 <= index < shape[axis]]
        if outside:
            raise ValueError(f"slices along {'DHW'[axis]} must lie in 0..{shape[axis] - 1}, got {outside}")
        np.moveaxis(mask, axis, 0)[list(indices)] = True
    return mask
