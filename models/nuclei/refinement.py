"""Corrects the borders of nuclei by what a U-Net says of every pixel, and finds those that were missed.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: the eroded mask stays, in a ring around it the U-Net
decides. Differences: neighbours do not overlap, since they grow from their cores by a watershed over the probabilities;
a core that the U-Net sees as several is divided, parts between which it sees no rim are joined; and what it is sure of
far from every nucleus becomes one too.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from models.detection.found import FoundObjects, PlacedMask
from models.networks.nuclei import GROUND, INSIDE
from models.nuclei.merging import objects_of

CORE_SHARE = 0.4
"""Of the greatest depth of a mask: what lies deeper is its core, which stays."""
RING_PIXELS = 4
"""How far a nucleus may grow beyond the mask that was found, at the normal scale."""
SURE = 0.5
"""Probability from which a pixel is nucleus, or inside one."""
SMALLEST_AREA = 20
"""Pixels at the normal scale; less is dust."""
FOUND_SHARE = 0.3
"""Of a mask that the U-Net must take for nucleus, or the nucleus is forgotten."""
PART_SHARE = 0.12
"""Of a mask that a part of it must have to be a nucleus of its own."""
JOINED_PROBABILITY = 0.75
"""Mean probability of inside along the border of two parts, from which there is no rim: they are one."""
FEWEST_BORDER_PIXELS = 4
MISSED_SCORE = 0.5
"""Of nuclei that only the U-Net saw."""
_LEVELS = 255
_CROSS = ndimage.generate_binary_structure(2, 1)
_SQUARE = ndimage.generate_binary_structure(2, 2)


def refine(
    found: FoundObjects, probabilities: np.ndarray, *, unit: float = 1.0, adds_missed: bool = True
) -> FoundObjects:
    """Return nuclei with the borders that the probabilities give them; none overlaps another.

    Args:
        found: nuclei, with masks.
        probabilities: float32, (3, H, W): of ground, inside and rim.
        unit: pixels here for each at the normal scale.
        adds_missed: nuclei that only the U-Net saw are added.
    """
    nucleus, inside = 1 - probabilities[GROUND], probabilities[INSIDE]
    growth = _Growth(max(round(RING_PIXELS * unit), 1), SMALLEST_AREA * unit**2, nucleus, inside)
    seeds = growth.cores(found)
    reach = growth.reach(found)
    if adds_missed:
        growth.add_missed(seeds, reach)
    numbers = _joined(_grown(seeds.numbers, inside, (nucleus >= SURE) & reach), inside, seeds.scores)
    return objects_of(_objects(numbers, seeds.scores, growth.smallest))


@dataclass(frozen=True, eq=False)
class _Seeds:
    """Where nuclei grow from."""

    numbers: np.ndarray
    """int32, (H, W): 0 where none is."""
    scores: list[float]
    """Of number 1, 2 and so on."""

    def add(self, place: tuple[slice, ...], pixels: np.ndarray, score: float) -> None:
        self.scores.append(score)
        self.numbers[place][pixels] = len(self.scores)


@dataclass(frozen=True, eq=False)
class _Growth:
    """What decides of one picture where nuclei begin and how far they may reach."""

    ring: int
    smallest: float
    nucleus: np.ndarray
    inside: np.ndarray

    def cores(self, found: FoundObjects) -> _Seeds:
        """Return the cores of nuclei, those of surer ones on top."""
        seeds = _Seeds(np.zeros(self.nucleus.shape, np.int32), [])
        for index in np.argsort(found.scores, kind="stable").tolist():
            placed = found.masks[index]
            if (self.nucleus[placed.place][placed.mask] >= SURE).mean() < FOUND_SHARE:
                continue
            depth = ndimage.distance_transform_edt(np.pad(placed.mask, 1))[1:-1, 1:-1]
            core = depth > CORE_SHARE * depth.max()
            for part in self._parts(placed, core):
                seeds.add(placed.place, part, float(found.scores[index]))
        return seeds

    def reach(self, found: FoundObjects) -> np.ndarray:
        """Return where nuclei may lie: within their masks, and a ring around them."""
        covered = np.zeros(self.nucleus.shape, bool)
        for placed in found.masks:
            covered[placed.place] |= placed.mask
        return np.asarray(ndimage.binary_dilation(covered, _SQUARE, self.ring))

    def add_missed(self, seeds: _Seeds, reach: np.ndarray) -> None:
        """Add the insides in which no core lies, to the seeds and to the reach."""
        insides, count = ndimage.label(self.inside >= SURE, _CROSS)
        sizes = np.bincount(insides.ravel(), minlength=count + 1)
        taken = set(np.unique(insides[seeds.numbers > 0]).tolist())
        everywhere = (slice(None), slice(None))
        added = np.zeros(self.nucleus.shape, bool)
        for number in (np.flatnonzero(sizes[1:] >= self.smallest) + 1).tolist():
            if number not in taken:
                seeds.add(everywhere, insides == number, MISSED_SCORE)
                added |= insides == number
        if added.any():
            reach |= ndimage.binary_dilation(added, _SQUARE, self.ring)

    def _parts(self, placed: PlacedMask, core: np.ndarray) -> list[np.ndarray]:
        """Return the parts of a nucleus that the U-Net sees as several; else its core alone."""
        insides, count = ndimage.label(placed.mask & (self.inside[placed.place] >= SURE), _CROSS)
        sizes = np.bincount(insides.ravel(), minlength=count + 1)[1:]
        large = np.flatnonzero(sizes >= max(self.smallest, PART_SHARE * placed.area)) + 1
        return [insides == number for number in large] if len(large) > 1 else [core]


def _grown(seeds: np.ndarray, inside: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return cores grown over the insides that hold them, then over rims, of which each pixel goes to the nearest."""
    inner = (allowed & (inside >= SURE)) | (seeds > 0)
    heights = np.where(inner, (1 - inside) * _LEVELS, _LEVELS).astype(np.uint8)
    filled = ndimage.watershed_ift(heights, np.where(inner, seeds, -1).astype(np.int32), _CROSS)
    filled = np.where(inner & (filled > 0), filled, 0)
    rows, columns = ndimage.distance_transform_edt(filled == 0, return_distances=False, return_indices=True)
    return np.where(allowed | (filled > 0), filled[rows, columns], 0)


def _joined(numbers: np.ndarray, inside: np.ndarray, scores: list[float]) -> np.ndarray:
    """Return the numbers with those made one between which no rim lies; the surer one gives its number."""
    root = list(range(len(scores) + 1))

    def root_of(number: int) -> int:
        while root[number] != number:
            number = root[number]
        return number

    for one, two in _without_rim(numbers, inside):
        kept, gone = sorted((root_of(one), root_of(two)), key=lambda number: -scores[number - 1])
        root[gone] = kept
    return np.asarray(np.array([root_of(number) for number in range(len(root))], np.int32)[numbers])


def _without_rim(numbers: np.ndarray, inside: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of neighbours along whose border the U-Net sees inside."""
    pairs, values = [], []
    for before, after in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        one, two = numbers[before], numbers[after]
        touching = (one != two) & (one > 0) & (two > 0)
        pairs.append(np.sort(np.stack([one[touching], two[touching]], axis=1), axis=1))
        values.append(np.minimum(inside[before], inside[after])[touching])
    distinct, which, lengths = np.unique(np.concatenate(pairs), axis=0, return_inverse=True, return_counts=True)
    means = np.bincount(which.ravel(), np.concatenate(values), minlength=len(distinct)) / lengths
    is_one = (means >= JOINED_PROBABILITY) & (lengths >= FEWEST_BORDER_PIXELS)
    return [(int(one), int(two)) for one, two in distinct[is_one]]


def _objects(numbers: np.ndarray, scores: list[float], smallest: float) -> list[tuple[float, PlacedMask]]:
    """Return the largest connected part of each number, with holes filled; dust is left out."""
    made = []
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        if place is None:
            continue
        parts, _ = ndimage.label(numbers[place] == number, _CROSS)
        mask = ndimage.binary_fill_holes(parts == np.bincount(parts.ravel())[1:].argmax() + 1)
        if mask.sum() >= smallest:
            made.append((scores[number - 1], PlacedMask(tuple(side.start for side in place), np.asarray(mask))))
    return made
