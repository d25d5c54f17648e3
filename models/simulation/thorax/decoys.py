"""What looks like a nodule and is none: scars that run in from the pleura, and plugs of mucus in airways.

Vessels seen end-on and the places where they branch need no drawing: the trees are full of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest
from models.simulation.thorax.trees import lung_places
from models.simulation.thorax.truth import Decoy
from models.simulation.thorax.tubes import Tube

_PLUG_MM = (1.2, 2.6)
"""Radii of the airways that may be plugged."""


@dataclass(frozen=True)
class DrawnDecoy:
    """A decoy in the chest's own axes."""

    decoy: Decoy

    def moved(self, table_mm: np.ndarray) -> Decoy:
        """Return it in the patient's coordinates."""
        x, y, z = (round(float(at), 3) for at in np.array(self.decoy.centre_mm) + table_mm)
        return replace(self.decoy, centre_mm=(x, y, z))


def draw_decoys(chest: Chest, airways: Sequence[Tube], rng: np.random.Generator) -> tuple[list[DrawnDecoy], list[Tube]]:
    """Return decoys, and the tubes of soft tissue that they are."""
    scars = [_scar(chest, rng) for _ in range(rng.integers(1, 5))]
    fitting = [tube for tube in airways if _PLUG_MM[0] < tube.radii_mm.mean() < _PLUG_MM[1]]
    plugs = [fitting[rng.integers(len(fitting))].widened(1.3) for _ in range(rng.integers(0, 3)) if fitting]
    found = [_found("scar", tube) for tube in scars] + [_found("plug", tube) for tube in plugs]
    return found, scars + plugs


def _scar(chest: Chest, rng: np.random.Generator) -> Tube:
    """Return a thin, bent band that reaches from near the pleura into the lung."""
    side = SIDES[rng.integers(2)]
    start = lung_places(chest, side, 8, rng)
    outermost = start[np.argmax(chest.lung(side, *start.T))]
    inwards = np.array([side * 70.0, 0, 0]) - outermost
    inwards = inwards / np.linalg.norm(inwards) + rng.normal(0, 0.5, 3)
    length, bend = rng.uniform(10, 28), rng.normal(0, 2, 3)
    share = np.linspace(-0.3, 1, 6)[:, None]
    points = outermost + share * length * inwards / np.linalg.norm(inwards) + bend * share**2
    return Tube(points, rng.uniform(0.7, 1.5) * np.linspace(1.3, 0.6, 6))


def _found(kind: str, tube: Tube) -> DrawnDecoy:
    x, y, z = (float(at) for at in tube.points.mean(0))
    return DrawnDecoy(Decoy("scar" if kind == "scar" else "plug", (x, y, z)))
