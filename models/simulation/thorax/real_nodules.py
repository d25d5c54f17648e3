"""Draws nodules for real lungs and finds places for them: free in the lung, at the pleura, at vessels.

Where fissures run a scan need not show, so none is set on one.
"""

import numpy as np

from models.simulation.thorax.nodule import (
    SMALLEST_MM,
    Nodule,
    draw_apart,
    draw_diameter,
    draw_intensities,
    draw_kind,
    draw_outline,
    least_mm,
)
from models.simulation.thorax.nodule_shapes import draw_shape
from models.simulation.thorax.real_lungs import RealLungs
from models.simulation.thorax.truth import Place

REAL_PLACES: tuple[Place, ...] = ("parenchymal", "juxta_pleural", "juxta_vascular")
_PLACE_SHARES = (0.45, 0.3, 0.25)
_FROM_PLEURA_MM = 1.0
_TRIES = 400


def draw_real_nodules(lungs: RealLungs, count: int, rng: np.random.Generator) -> list[Nodule]:
    """Return nodules that keep away from each other and lie within the scan; fewer where there is no room.

    Args:
        lungs: in which they are.
        count: how many.
        rng: draws them.
    """
    return draw_apart(count, lambda: _draw_place(lungs, rng), lambda place: _draw(lungs, place, rng), tries=_TRIES)


def _draw_place(lungs: RealLungs, rng: np.random.Generator) -> Place:
    place = REAL_PLACES[rng.choice(len(REAL_PLACES), p=_PLACE_SHARES)]
    return "parenchymal" if place == "juxta_vascular" and not len(lungs.vessels) else place


def _draw(lungs: RealLungs, place: Place, rng: np.random.Generator) -> Nodule | None:
    kind = draw_kind(rng)
    diameter = max(draw_diameter(rng), least_mm(kind))
    radius, normal = diameter / 2, None
    starts = lungs.vessels if place == "juxta_vascular" else lungs.places
    centre = starts[rng.integers(len(starts))] + rng.uniform(-SMALLEST_MM / 4, SMALLEST_MM / 4, 3)
    if place == "juxta_pleural":
        pleura, normal = lungs.pleura_near(centre)
        centre = pleura - normal * radius * rng.uniform(0.25, 0.85)
    elif place == "juxta_vascular":
        aside = rng.normal(0, 1, 3)
        centre = centre + aside / np.linalg.norm(aside) * radius * rng.uniform(0.5, 1.0)
    depth = float(lungs.depth_mm(centre[None])[0])
    is_free = depth > 0 if place == "juxta_pleural" else depth > radius + _FROM_PLEURA_MM
    shape = draw_shape(draw_outline(kind, place, rng), diameter, rng, normal)
    if not is_free or not _within_the_scan(lungs, centre, shape.reach_mm):
        return None
    hu, core_hu = draw_intensities(kind, rng)
    middle_x = float(lungs.places[:, 0].mean())
    return Nodule(centre, shape, kind, place, hu, core_hu, side=1 if centre[0] > middle_x else -1)


def _within_the_scan(lungs: RealLungs, centre: np.ndarray, reach_mm: float) -> bool:
    index = lungs.grid.indices(centre[None])[0]
    room = np.minimum(index, np.array(lungs.grid.shape) - 1 - index)
    return bool((room * lungs.grid.spacing_mm > reach_mm).all())
