"""Lesions of several shapes and contrasts, and where in a brain they lie."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from models.simulation.pet.head import Head
from models.simulation.pet.shapes import Bumpy, Ellipsoid, Hollow, Joined, Shape

LesionKind = Literal["round", "oval", "lobed", "irregular", "ring"]
KINDS: tuple[LesionKind, ...] = ("round", "oval", "lobed", "irregular", "ring")
NUMBER_CHANCES = (0.2, 0.5, 0.2, 0.1)
"""Of no, one, two and three lesions."""
RADII_MM = (8.0, 20.0)
CONTRASTS = (2.0, 4.0)
"""Uptake against the brain's."""
_APART_MM = 14.0
"""Between two lesions, so that they stay two under the scanner's blur."""
_FROM_BLOOD_MM = 6.0
_TRIES = 200


@dataclass(frozen=True, eq=False)
class Lesion:
    """One lesion."""

    kind: LesionKind
    shape: Shape
    contrast: float
    """Uptake in units of the brain's mean."""


def draw_lesions(
    rng: np.random.Generator, head: Head, count: int | None = None, contrasts: tuple[float, float] = CONTRASTS
) -> list[Lesion]:
    """Draw lesions that lie in the brain, apart from each other and from the great sinuses.

    Args:
        rng: draws them.
        head: whose.
        count: how many; None: drawn, often one, sometimes none.
        contrasts: the least and the most uptake against the brain's.
    """
    wanted = int(rng.choice(len(NUMBER_CHANCES), p=NUMBER_CHANCES)) if count is None else count
    vessels = head.vessels()
    lesions: list[Lesion] = []
    for _ in range(_TRIES):
        if len(lesions) == wanted:
            break
        radius = float(np.exp(rng.uniform(*np.log(RADII_MM))))
        centre = rng.uniform(-1, 1, 3) * head.brain.radii_mm
        at = centre[:, None]
        is_inside = head.brain.depth_mm(at)[0] > 0.75 * radius + 3
        from_blood = max(vessel.depth_mm(at)[0] for vessel in vessels)
        from_others = max(
            (other.shape.reach_mm - float(np.linalg.norm(other.shape.centre - centre)) for other in lesions),
            default=-np.inf,
        )
        if is_inside and -from_blood > radius + _FROM_BLOOD_MM and -from_others > 1.4 * radius + _APART_MM:
            kind = KINDS[int(rng.integers(len(KINDS)))]
            lesions.append(Lesion(kind, _draw_shape(rng, kind, centre, radius), float(rng.uniform(*contrasts))))
    return lesions


def _draw_shape(rng: np.random.Generator, kind: LesionKind, centre: np.ndarray, radius: float) -> Shape:
    turn = Rotation.from_quat(rng.normal(size=4)).as_matrix()
    if kind == "round":
        return Ellipsoid(centre, np.full(3, radius))
    if kind == "oval":
        return Ellipsoid(centre, radius * rng.uniform((0.7, 0.8, 1.1), (0.9, 1.1, 1.4)), turn)
    if kind == "lobed":
        steps = rng.normal(size=(int(rng.integers(2, 4)), 3))
        steps *= (0.75 * radius / np.linalg.norm(steps, axis=1))[:, None]
        lobes = [Ellipsoid(centre + step, np.full(3, radius * rng.uniform(0.5, 0.7))) for step in steps]
        return Joined([Ellipsoid(centre, np.full(3, 0.8 * radius)), *lobes])
    waves = rng.normal(size=(5, 3))
    waves *= (rng.uniform(2.0, 4.0, 5) / radius / np.linalg.norm(waves, axis=1))[:, None]
    phases = rng.uniform(0, 2 * np.pi, 5)
    if kind == "irregular":
        body = Ellipsoid(centre, radius * rng.uniform((0.75, 0.85, 1.0), (0.95, 1.05, 1.3)), turn)
        return Bumpy(body, 0.6 * radius, waves, phases)
    outer = max(radius, 13.0)
    rim = max(0.45 * outer, 6.5)
    shell = Bumpy(Ellipsoid(centre, np.full(3, outer)), 0.25 * outer, waves, phases)
    return Hollow(shell, Ellipsoid(centre, np.full(3, outer - rim)))
