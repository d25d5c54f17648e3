"""A nodule as it is drawn up: what it is like, wherever it is set."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.simulation.thorax.chest import Side
from models.simulation.thorax.nodule_shapes import Outline, Shape
from models.simulation.thorax.truth import KINDS, Kind, Place

MOST_NODULES = 30
"""In one scan."""
SMALLEST_MM, LARGEST_MM = 4.0, 26.0
_KIND_SHARES = (0.56, 0.15, 0.15, 0.14)
_APART_MM = 5.0
_SOLID_HU, _GLASS_HU, _CALCIFIED_HU = (-40, 80), (-620, -380), (280, 900)


@dataclass(frozen=True, eq=False)
class Nodule:
    """One nodule as it is drawn up."""

    centre: np.ndarray
    """x, y and z: in the simulated chest its own, in a real scan the patient's."""
    shape: Shape
    kind: Kind
    place: Place
    hu: float
    core_hu: float | None
    """Of its inner part, where it has one."""
    side: Side


def draw_apart(
    count: int, draw_place: Callable[[], Place], draw: Callable[[Place], Nodule | None], *, tries: int
) -> list[Nodule]:
    """Return nodules that keep away from each other; fewer where there is no room.

    Args:
        count: how many.
        draw_place: says where the next one is to be.
        draw: tries to draw one there; None: there it cannot be.
        tries: for each.
    """
    found: list[Nodule] = []
    for _ in range(count):
        place = draw_place()
        for _ in range(tries):
            nodule = draw(place)
            if nodule is not None and all(_are_apart(nodule, other) for other in found):
                found.append(nodule)
                break
    return found


def draw_diameter(rng: np.random.Generator, *, usual_mm: float = 8.5, most_mm: float = LARGEST_MM) -> float:
    """Return a diameter in millimetres."""
    return float(np.clip(rng.lognormal(np.log(usual_mm), 0.42), SMALLEST_MM, most_mm))


def draw_kind(rng: np.random.Generator) -> Kind:
    """Return what a nodule is made of."""
    return KINDS[rng.choice(len(KINDS), p=_KIND_SHARES)]


def least_mm(kind: Kind) -> float:
    """Return the smallest diameter of a kind: less of ground glass is not seen."""
    return 6.0 if kind in ("part_solid", "ground_glass") else SMALLEST_MM


def draw_outline(kind: Kind, place: Place, rng: np.random.Generator) -> Outline:
    """Return what the outline of a nodule is like."""
    if place == "perifissural":
        return "lens" if rng.random() < 0.6 else "triangle"
    if kind == "calcified" or place == "near_fissure":
        return "round"
    return ("round", "lobulated", "spiculated")[rng.choice(3, p=(0.5, 0.3, 0.2))]


def draw_intensities(kind: Kind, rng: np.random.Generator) -> tuple[float, float | None]:
    """Return the HU of a nodule, and of its inner part where it has one."""
    solid = float(rng.uniform(*_SOLID_HU))
    if kind == "solid":
        return solid, None
    if kind == "calcified":
        calcium = float(rng.uniform(*_CALCIFIED_HU))
        return (calcium, None) if rng.random() < 0.5 else (solid, calcium)
    return float(rng.uniform(*_GLASS_HU)), solid if kind == "part_solid" else None


def _are_apart(one: Nodule, other: Nodule) -> bool:
    distance = float(np.linalg.norm(one.centre - other.centre))
    return distance > one.shape.reach_mm + other.shape.reach_mm + _APART_MM
