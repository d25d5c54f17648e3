"""Where members of staff stand to help a patient."""

import numpy as np

from models.simulation.layout import Layout

BODY_METRES = 0.6
"""Who stands this far from a line of sight leaves it open."""


def helping_spots(
    layout: Layout, label: str, eye: np.ndarray, rng: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return floor points (2,) for up to three helpers, and the one that they face.

    Those come first that leave the view of a camera above `eye`, a floor point (2,), open.
    """
    bed, chair = layout.bed, layout.chair
    if label.endswith("bed"):
        first, second = bed.seat - rng.uniform(0.5, 0.65), bed.seat + rng.uniform(0.5, 0.65)
        spots = [
            bed.beside(first, 0.32, bed.exit_side),
            bed.beside(second, 0.32, bed.exit_side),
            bed.beside(bed.pelvis - 0.1, 0.22, -bed.exit_side),
        ]
        facing = bed.beside(bed.seat, 0.1, bed.exit_side)
    else:
        beside = rng.choice((-0.72, 0.72))
        spots = [chair.front(0.12, 0.55), chair.front(0.12, -0.55), chair.place.to_room(-0.05, beside)[:2]]
        facing = chair.front(0.1)
    return sorted(spots, key=lambda spot: blocking(spot, facing, eye)), facing


def blocking(spot: np.ndarray, patient: np.ndarray, eye: np.ndarray) -> float:
    """Say how much one who stands at a floor point hides a patient at another: 1 right in front, 0 beside or behind."""
    to_spot, to_patient = spot - eye, patient - eye
    distance = float(np.linalg.norm(to_patient))
    ahead = float(to_spot @ to_patient) / distance
    aside = float(np.linalg.norm(to_spot - ahead * to_patient / distance))
    return max(0.0, 1.0 - aside / BODY_METRES) if ahead < distance else 0.0
