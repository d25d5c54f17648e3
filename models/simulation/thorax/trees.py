"""Arteries, veins and airways of the lungs: trees that divide until every part of a lobe is reached.

A branch grows towards the middle of the places that it still has to reach, then parts them between two branches.

Source: the idea of Kitaoka et al., "A three-dimensional model of the human airway tree", J Appl Physiol 87:2207, 1999;
radii follow Murray's law, PNAS 12:207, 1926.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest, Side
from models.simulation.thorax.tubes import Tube

_MURRAY = 1 / 2.8
_BEND = 0.07
"""How far a branch bows to the side, as a share of its length."""
_FROM_PLEURA_MM, _FROM_FISSURE_MM = 3.0, 2.5
_HILUM = (24.0, 6.0, 0.0)


@dataclass(frozen=True)
class TreeSize:
    """How finely a tree divides, in each lung."""

    num_ends: int
    end_radius_mm: float
    hilum_shift: tuple[float, float, float]
    """From the middle of the lung's root to where the tree comes in."""


ARTERIES = TreeSize(340, 0.5, (0.0, -4.0, 6.0))
VEINS = TreeSize(260, 0.5, (0.0, -8.0, -14.0))
AIRWAYS = TreeSize(56, 0.8, (0.0, 4.0, 0.0))


def grow(chest: Chest, size: TreeSize, rng: np.random.Generator) -> list[Tube]:
    """Return the branches of the trees of both lungs."""
    return [tube for side in SIDES for tube in _grow_side(chest, side, size, rng)]


def hilum(side: Side) -> np.ndarray:
    """Return the middle of a lung's root, x, y and z."""
    return np.array(_HILUM) * (side, 1, 1)


def lung_places(chest: Chest, side: Side, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return places in one lung, away from its pleura and its fissures, about (count, 3)."""
    low = np.array([min(side * 8, side * 135), -90, chest.base_mm])
    high = np.array([max(side * 8, side * 135), 90, chest.apex_mm])
    places = rng.uniform(low, high, (count * 5, 3))
    x, y, z = places.T
    is_free = (chest.lung(side, x, y, z) < -_FROM_PLEURA_MM) & (chest.fissure(side, x, y, z) > _FROM_FISSURE_MM)
    return places[is_free][:count]


def _grow_side(chest: Chest, side: Side, size: TreeSize, rng: np.random.Generator) -> Iterator[Tube]:
    places = lung_places(chest, side, size.num_ends, rng)
    root = hilum(side) + size.hilum_shift
    lobes = chest.lobe(side, *places.T)
    for lobe in np.unique(lobes):
        yield from _branches(root, places[lobes == lobe], size.end_radius_mm, rng)


def _branches(root: np.ndarray, ends: np.ndarray, end_radius: float, rng: np.random.Generator) -> Iterator[Tube]:
    waiting = [(root, ends)]
    while waiting:
        start, goals = waiting.pop()
        radius = end_radius * len(goals) ** _MURRAY
        if len(goals) == 1:
            yield _bowed(start, goals[0], radius, end_radius * 0.8, rng)
            continue
        towards = goals.mean(0) - start
        fork = start + towards * rng.uniform(0.42, 0.62)
        yield _bowed(start, fork, radius, end_radius * (len(goals) * 0.8) ** _MURRAY, rng)
        is_first = _parted(goals, towards)
        waiting += [(fork, goals[is_first]), (fork, goals[~is_first])]


def _parted(goals: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Part places by a plane that holds the direction of growth and crosses their widest spread."""
    ahead = towards / max(float(np.linalg.norm(towards)), 1e-9)
    spread = goals - goals.mean(0)
    across = spread - np.outer(spread @ ahead, ahead)
    widest = np.linalg.svd(across, full_matrices=False)[2][0]
    order = np.argsort(across @ widest)
    is_first = np.zeros(len(goals), bool)
    is_first[order[: max(len(goals) // 2, 1)]] = True
    return is_first


def _bowed(start: np.ndarray, end: np.ndarray, first: float, last: float, rng: np.random.Generator) -> Tube:
    length = float(np.linalg.norm(end - start))
    aside = rng.normal(0, 1, 3) * _BEND * length
    share = np.linspace(0, 1, 2 + min(int(length / 6), 4))[:, None]
    points = start + share * (end - start) + 4 * share * (1 - share) * aside / 2
    return Tube(points, first + (last - first) * share[:, 0])
