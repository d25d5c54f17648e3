"""Puts together the nuclei that several looks at one picture found: mirrored, and at several scales.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020, merges two scales greedily. Difference: nuclei that
several looks found are one, with the pixels that most of them gave it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.detection.found import FoundObjects, PlacedMask, distinct, no_objects

SAME_IOU = 0.5
"""From this intersection over union on, two looks found the same nucleus."""
MOST_SHARED = 0.5
"""Of the smaller of two nuclei; else only the surer one is there."""


def merge_looks(looks: Sequence[FoundObjects], *, fewest_looks: float = 0.5) -> FoundObjects:
    """Return the nuclei of several looks at one picture, best first.

    Args:
        looks: all in pixels of one picture.
        fewest_looks: share of the looks whose scores must add up to this for a nucleus to count.

    Returns:
        Each with the mean of its scores over all looks, 0 for those that did not find it.
    """
    entries = sorted(
        (
            (float(score), look, placed)
            for look, found in enumerate(looks)
            for score, placed in zip(found.scores, found.masks, strict=True)
        ),
        key=lambda entry: -entry[0],
    )
    groups: list[_Group] = []
    for score, look, placed in entries:
        group = _same(groups, look, placed)
        if group is None:
            groups.append(_Group(placed, [], set()))
            group = groups[-1]
        group.members.append((score, placed))
        group.looks.add(look)
    merged = [(sum(score for score, _ in group.members) / len(looks), _voted(group.members)) for group in groups]
    kept = objects_of([(score, placed) for score, placed in merged if score >= fewest_looks])
    return distinct(kept, largest_share=MOST_SHARED)


def objects_of(scored: Sequence[tuple[float, PlacedMask]]) -> FoundObjects:
    """Return nuclei as objects of class 1, best first; empty masks are left out."""
    kept = sorted((one for one in scored if one[1].mask.any()), key=lambda one: -one[0])
    if not kept:
        return no_objects()
    boxes = [(place[1].start, place[0].start, place[1].stop, place[0].stop) for place in (one[1].place for one in kept)]
    return FoundObjects(
        np.array(boxes, np.float32),
        np.ones(len(kept), np.int64),
        np.array([min(one[0], 1.0) for one in kept], np.float32),
        tuple(one[1] for one in kept),
    )


@dataclass(frozen=True, eq=False)
class _Group:
    """One nucleus as several looks found it."""

    best: PlacedMask
    members: list[tuple[float, PlacedMask]]
    looks: set[int]


def _same(groups: Sequence[_Group], look: int, placed: PlacedMask) -> _Group | None:
    """Return the group whose nucleus this one is; each look contributes to it once."""
    for group in groups:
        best = group.best
        reach = max(*best.mask.shape, *placed.mask.shape)
        if (
            look in group.looks
            or max(abs(one - two) for one, two in zip(best.corner, placed.corner, strict=True)) > reach
        ):
            continue
        shared = best.shared(placed)
        if shared and shared / (best.area + placed.area - shared) >= SAME_IOU:
            return group
    return None


def _voted(group: Sequence[tuple[float, PlacedMask]]) -> PlacedMask:
    """Return the pixels that at least half of the looks, weighted by their scores, gave a nucleus."""
    places = [placed.place for _, placed in group]
    corner = tuple(min(place[axis].start for place in places) for axis in range(2))
    end = tuple(max(place[axis].stop for place in places) for axis in range(2))
    votes = np.zeros(tuple(stop - start for start, stop in zip(corner, end, strict=True)))
    for score, placed in group:
        rows, columns = (
            slice(side.start - start, side.stop - start) for side, start in zip(placed.place, corner, strict=True)
        )
        votes[rows, columns] += score * placed.mask
    return PlacedMask(corner, votes >= sum(score for score, _ in group) / 2)
