"""Draws nodules and finds places for them: free in the lung, on fissures, at the pleura, at vessels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest, Side
from models.simulation.thorax.nodule_shapes import Outline, Shape, draw_shape
from models.simulation.thorax.trees import hilum, lung_places
from models.simulation.thorax.truth import KINDS, PLACES, Kind, Place
from models.simulation.thorax.tubes import Tube

SMALLEST_MM, LARGEST_MM = 4.0, 26.0
_KIND_SHARES = (0.56, 0.15, 0.15, 0.14)
_PLACE_SHARES = (0.32, 0.2, 0.1, 0.2, 0.18)
_APART_MM = 5.0
_FROM_HILUM_MM = 26.0
_TRIES = 200
_SOLID_HU, _GLASS_HU, _CALCIFIED_HU = (-40, 80), (-620, -380), (280, 900)


@dataclass(frozen=True, eq=False)
class Nodule:
    """One nodule as it is drawn up."""

    centre: np.ndarray
    """x, y and z in the chest."""
    shape: Shape
    kind: Kind
    place: Place
    hu: float
    core_hu: float | None
    """Of its inner part, where it has one."""
    side: Side


def draw_nodules(
    chest: Chest, vessels: Sequence[Tube], count: int, heights_mm: tuple[float, float], rng: np.random.Generator
) -> list[Nodule]:
    """Return nodules that keep away from each other; fewer where there is no room.

    Args:
        chest: in which they are.
        vessels: beside which some are.
        count: how many.
        heights_mm: lowest and highest z between which all of each lies.
        rng: draws them.
    """
    found: list[Nodule] = []
    for _ in range(count):
        place = PLACES[rng.choice(len(PLACES), p=_PLACE_SHARES)]
        for _ in range(_TRIES):
            nodule = _draw(chest, vessels, place, heights_mm, rng)
            if nodule is not None and all(are_apart(nodule, other) for other in found):
                found.append(nodule)
                break
    return found


def _draw(
    chest: Chest, vessels: Sequence[Tube], place: Place, heights_mm: tuple[float, float], rng: np.random.Generator
) -> Nodule | None:
    side = SIDES[rng.integers(2)]
    is_small = place in ("perifissural", "near_fissure")
    diameter = draw_diameter(rng, usual_mm=6.0, most_mm=10.0) if is_small else draw_diameter(rng)
    kind: Kind = "solid" if is_small else draw_kind(rng)
    diameter = max(diameter, least_mm(kind))
    placed = _placed(chest, vessels, place, side, diameter / 2, rng)
    if placed is None or np.linalg.norm(placed[0] - hilum(side)) < _FROM_HILUM_MM + diameter / 2:
        return None
    centre, normal = placed
    shape = draw_shape(draw_outline(kind, place, rng), diameter, rng, normal)
    if not heights_mm[0] + shape.reach_mm < centre[2] < heights_mm[1] - shape.reach_mm:
        return None
    hu, core_hu = draw_intensities(kind, rng)
    return Nodule(centre, shape, kind, place, hu, core_hu, side)


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


def _placed(
    chest: Chest, vessels: Sequence[Tube], place: Place, side: Side, radius_mm: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Return a centre, and the normal of the surface to which the nodule belongs."""
    if place == "juxta_vascular":
        return _at_vessel(chest, vessels, side, radius_mm, rng)
    start = lung_places(chest, side, 1, rng)
    if not len(start):
        return None
    point = start[0]
    if place == "juxta_pleural":
        point, normal = _on_surface(chest, side, "lung", point)
        return point - normal * radius_mm * rng.uniform(0.25, 0.85), normal
    if place in ("perifissural", "near_fissure"):
        point, normal = _on_surface(chest, side, "fissure", point)
        aside = 0.0 if place == "perifissural" else radius_mm + rng.uniform(1.5, 6.0)
        point = point + normal * aside * rng.choice((-1, 1))
        normal = normal * rng.choice((-1, 1))
        is_free = _lung(chest, side, point) < -radius_mm - 4
        return (point, normal if place == "perifissural" else None) if is_free else None
    is_free = _lung(chest, side, point) < -radius_mm - 3 and _fissure(chest, side, point) > radius_mm + 2
    return (point, None) if is_free else None


def _at_vessel(
    chest: Chest, vessels: Sequence[Tube], side: Side, radius_mm: float, rng: np.random.Generator
) -> tuple[np.ndarray, None] | None:
    vessel = vessels[int(rng.integers(len(vessels)))]
    thickness = float(vessel.radii_mm.mean())
    if not 0.8 < thickness < 2.6 or vessel.points[0, 0] * side < 0:
        return None
    index = int(rng.integers(len(vessel.points) - 1))
    start, end = vessel.points[index : index + 2]
    aside = np.cross(end - start, rng.normal(0, 1, 3))
    aside *= (radius_mm * rng.uniform(0.5, 1.0) + thickness) / max(float(np.linalg.norm(aside)), 1e-9)
    point = (start + end) / 2 + aside
    is_free = _lung(chest, side, point) < -radius_mm - 3 and _fissure(chest, side, point) > radius_mm + 2
    return (point, None) if is_free else None


def _on_surface(chest: Chest, side: Side, surface: str, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of the pleura or the oblique fissure, or at times the horizontal one, nearest to a point."""
    distance = chest.lung if surface == "lung" else chest.oblique
    if surface == "fissure" and side < 0 and chest.oblique(side, *point) > 0:
        distance = chest.horizontal
    for _ in range(6):
        ahead, behind = (
            np.array([float(distance(side, *(point + way * step))) for step in np.eye(3)]) for way in (1, -1)
        )
        slope = (ahead - behind) / 2
        steepness = max(float(np.linalg.norm(slope)), 0.3)
        normal = slope / steepness
        point = point - normal * float(distance(side, *point)) / steepness
    return point, normal


def _lung(chest: Chest, side: Side, point: np.ndarray) -> float:
    return float(chest.lung(side, *point))


def _fissure(chest: Chest, side: Side, point: np.ndarray) -> float:
    return float(chest.fissure(side, *point))


def are_apart(one: Nodule, other: Nodule) -> bool:
    """Return whether there is some room between two nodules."""
    distance = float(np.linalg.norm(one.centre - other.centre))
    return distance > one.shape.reach_mm + other.shape.reach_mm + _APART_MM
