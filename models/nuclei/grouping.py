"""Nuclei from maps: each pixel of a nucleus goes to the centre next to the place that it points to.

Source: Cheng et al., "Panoptic-DeepLab", CVPR 2020, arXiv:1911.10194. Differences: there is a centre where the network
sees one, and also where many pixels point; a pixel that points far from every centre is of no nucleus; and of what
points to one centre only the largest connected part is, with its holes filled.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from models.detection.found import FoundObjects, PlacedMask, no_objects
from models.imaging.numbered_boxes import numbered_boxes
from models.networks.nuclei import NORMAL_DIAMETER
from models.nuclei.maps import NucleusMaps

CENTRE_DISTANCE = 4.0
"""Two centres are farther apart than this, pixels at the normal scale."""
FARTHEST = 0.75 * NORMAL_DIAMETER
"""From a centre at which a pixel may point, pixels at the normal scale."""
SMALLEST_AREA = 54
"""Pixels at the normal scale; less is dust."""
SMALLEST_PART = 20
"""Pixels at the normal scale of what the picture's border cuts off."""
VOTES_OF_A_CENTRE = 4.5
"""Pixels that point to one pixel, on average around it, where there is surely a centre."""
VOTE_BLUR = 2.5
"""Standard deviation of what is around it, pixels at the normal scale."""
_SQUARE = ndimage.generate_binary_structure(2, 2)


def group_pixels(
    maps: NucleusMaps,
    *,
    unit: float = 1.0,
    least_centre: float = 0.3,
    least_nucleus: float = 0.5,
    outlines: bool = True,
) -> FoundObjects:
    """Return the nuclei of a picture, surest first; none overlaps another.

    Args:
        maps: of the picture.
        unit: pixels here for each at the normal scale.
        least_centre: probability from which there is a centre, or share of `VOTES_OF_A_CENTRE`.
        least_nucleus: probability from which a pixel is of a nucleus.
        outlines: borders are where full size shows them; else where half the size does.
    """
    probabilities = maps.outlined if outlines else maps.nucleus
    is_nucleus = probabilities >= least_nucleus
    goals = np.argwhere(is_nucleus) + maps.way[is_nucleus]
    sureness = np.maximum(maps.centre, _votes(goals, is_nucleus.shape, VOTE_BLUR * unit) / VOTES_OF_A_CENTRE)
    centres = _centres(sureness, max(round(CENTRE_DISTANCE * unit), 1), least_centre)
    if not len(centres) or not len(goals):
        return no_objects()
    distances, nearest = cKDTree(centres).query(goals)
    numbers = np.zeros(is_nucleus.shape, np.int32)
    numbers[is_nucleus] = np.where(distances < FARTHEST * unit, nearest + 1, 0)
    masks = [mask for mask in _masks(numbers) if mask.area >= unit**2 * _smallest(mask, numbers.shape)]
    return objects_of([(float(probabilities[one.place][one.mask].mean()), one) for one in masks])


def objects_of(scored: Sequence[tuple[float, PlacedMask]]) -> FoundObjects:
    """Return nuclei as objects of class 1, surest first."""
    if not scored:
        return no_objects()
    kept = sorted(scored, key=lambda one: -one[0])
    boxes = [(place[1].start, place[0].start, place[1].stop, place[0].stop) for place in (one[1].place for one in kept)]
    return FoundObjects(
        np.array(boxes, np.float32),
        np.ones(len(kept), np.int64),
        np.array([score for score, _ in kept], np.float32),
        tuple(placed for _, placed in kept),
    )


def _votes(goals: np.ndarray, size: tuple[int, ...], blur: float) -> np.ndarray:
    """Return how many pixels point to each pixel, on average around it, float32, (H, W)."""
    rows, columns = goals.round().astype(int).T
    within = (rows >= 0) & (columns >= 0) & (rows < size[0]) & (columns < size[1])
    counts = np.bincount(rows[within] * size[1] + columns[within], minlength=size[0] * size[1])
    return np.asarray(ndimage.gaussian_filter(counts.reshape(size).astype(np.float32), blur))


def _centres(probabilities: np.ndarray, distance: int, least: float) -> np.ndarray:
    """Return the places that are surer than all around them, (N, 2); of a plateau, its middle."""
    highest = ndimage.maximum_filter(probabilities, 2 * distance + 1)
    peaks, count = ndimage.label((probabilities == highest) & (probabilities >= least), _SQUARE)
    return np.array(ndimage.center_of_mass(peaks > 0, peaks, range(1, count + 1))).reshape(count, 2)


def _masks(numbers: np.ndarray) -> list[PlacedMask]:
    """Return the largest connected part of each number, with holes filled."""
    made = []
    for number, place in numbered_boxes(numbers):
        parts, _ = ndimage.label(numbers[place] == number)
        mask = ndimage.binary_fill_holes(parts == np.bincount(parts.ravel())[1:].argmax() + 1)
        made.append(PlacedMask(tuple(side.start for side in place), np.asarray(mask)))
    return made


def _smallest(mask: PlacedMask, size: tuple[int, ...]) -> float:
    """Return how many pixels at the normal scale a mask needs to be more than dust."""
    is_whole = all(side.start > 0 and side.stop < length for side, length in zip(mask.place, size, strict=True))
    return SMALLEST_AREA if is_whole else SMALLEST_PART
