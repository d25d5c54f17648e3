"""Finds places for nodules in the simulated chest: free in the lung, on fissures, at the pleura, at vessels."""

from collections.abc import Sequence

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest, Side
from models.simulation.thorax.nodule import (
    Nodule,
    draw_apart,
    draw_diameter,
    draw_intensities,
    draw_kind,
    draw_outline,
    least_mm,
)
from models.simulation.thorax.nodule_shapes import draw_shape
from models.simulation.thorax.trees import hilum, lung_places
from models.simulation.thorax.truth import PLACES, Kind, Place
from models.simulation.thorax.tubes import Tube

_PLACE_SHARES = (0.32, 0.2, 0.1, 0.2, 0.18)
_FROM_HILUM_MM = 26.0
_TRIES = 200


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
    return draw_apart(
        count,
        lambda: PLACES[rng.choice(len(PLACES), p=_PLACE_SHARES)],
        lambda place: _draw(chest, vessels, place, heights_mm, rng),
        tries=_TRIES,
    )


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
