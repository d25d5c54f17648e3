"""Ribs, spine and breastbone, as tubes around the lungs."""

from collections.abc import Iterator

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest, Side
from models.simulation.thorax.tubes import Tube

_NUM_RIBS = 11
_RIB_GAP_MM = 24.0
_RIB_FALL_MM = 46.0
"""How much lower a rib ends in front than it begins at the spine."""
_OUTSIDE_MM = 8.0
_POINTS = 36


def ribs(chest: Chest, rng: np.random.Generator) -> list[Tube]:
    """Return the ribs of both sides."""
    first = chest.apex_mm + rng.uniform(0, 8)
    return [rib for side in SIDES for rib in _ribs_of(chest, side, first, float(rng.uniform(4.2, 5.6)))]


def spine(chest: Chest) -> list[Tube]:
    """Return the bodies of the vertebrae, with gaps for the discs, and what stands out behind them."""
    bodies = np.arange(chest.base_mm - 60, chest.apex_mm + 80, _RIB_GAP_MM)
    column = [_straight((0, 52, low), (0, 52, low + 18), 15.0) for low in bodies]
    return column + [_straight((0, 68, low + 10), (0, 88, low - 4), 4.0) for low in bodies]


def breastbone(chest: Chest) -> list[Tube]:
    """Return the sternum."""
    front = chest.lung_y_mm - chest.lung_mm[1] - 10
    return [_straight((aside, front, -30), (aside, front + 18, 95), 6.0) for aside in (-7, 7)]


def _ribs_of(chest: Chest, side: Side, first_mm: float, radius_mm: float) -> Iterator[Tube]:
    turn = np.radians(np.linspace(82, -72, _POINTS))
    for number in range(_NUM_RIBS):
        z = first_mm - number * _RIB_GAP_MM - _RIB_FALL_MM * np.linspace(0, 1, _POINTS)
        height = np.clip((z - chest.base_mm) / (chest.apex_mm - chest.base_mm), 0, 1)
        centre = chest.lung_x_mm * (1 - 0.22 * height**2)
        girth = np.maximum(chest.girth(z), 0.35)
        x = side * (centre + (chest.lung_mm[0] * girth + _OUTSIDE_MM) * np.cos(turn))
        y = chest.lung_y_mm + (chest.lung_mm[1] * girth + _OUTSIDE_MM) * np.sin(turn)
        yield Tube(np.stack((x, y, z), 1), np.full(_POINTS, radius_mm))


def _straight(start: tuple[float, float, float], end: tuple[float, float, float], radius_mm: float) -> Tube:
    return Tube(np.array((start, end), float), np.full(2, radius_mm))
