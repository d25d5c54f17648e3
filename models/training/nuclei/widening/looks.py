"""Sorts pictures of nuclei by their look, so that what paints one look learns from its pictures alone.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020, clusters pictures by their look. Features: ours.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from models.training.pictures.labelled import LabelledPicture

PICTURES_A_LOOK = 4
"""At least so many on average: fewer teach no painter."""


def sort_by_look(pictures: Sequence[LabelledPicture], num_looks: int, *, seed: int = 0) -> list[list[LabelledPicture]]:
    """Return the pictures of each look; fewer looks where there are few pictures.

    Args:
        pictures: as networks see them.
        num_looks: at most.
        seed: of where the search begins.
    """
    count = max(min(num_looks, len(pictures) // PICTURES_A_LOOK), 1)
    features = np.stack([_features(picture) for picture in pictures])
    spread = features.std(0)
    standard = (features - features.mean(0)) / np.where(spread > 0, spread, 1)
    _, looks = kmeans2(standard, count, minit="++", rng=np.random.default_rng(seed))
    groups = [[pictures[index] for index in np.flatnonzero(looks == look).tolist()] for look in range(count)]
    return [group for group in groups if group]


def _features(picture: LabelledPicture) -> np.ndarray:
    """Return shade, spread and grain of nuclei and of the ground, by colour, (18,)."""
    pixels = picture.pixels.astype(np.float32) / 255
    grain = np.abs(pixels - ndimage.uniform_filter(pixels, (3, 3, 1)))
    is_nucleus = picture.layers[0] > 0
    parts = []
    for part in (is_nucleus, ~is_nucleus):
        chosen = pixels[part] if part.any() else np.zeros((1, 3), np.float32)
        rough = grain[part] if part.any() else np.zeros((1, 3), np.float32)
        parts += [chosen.mean(0), chosen.std(0), rough.mean(0)]
    return np.concatenate(parts)
