"""Cuts the middle out of feature maps: what valid convolutions left of a map, within the map."""

from torch import Tensor


def cropped_to(features: Tensor, like: Tensor) -> Tensor:
    """Return the middle of feature maps, (N, C, ...), as large as those of `like`."""
    for axis in range(2, features.ndim):
        surplus = features.shape[axis] - like.shape[axis]
        features = features.narrow(axis, surplus // 2, like.shape[axis])
    return features
