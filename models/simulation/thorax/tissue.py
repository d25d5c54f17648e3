"""The Hounsfield units of a chest, before anything small is in it."""

from collections.abc import Callable

import numpy as np

from models.simulation.thorax.chest import SIDES, Chest, Side
from models.simulation.thorax.lattice import Field, Lattice

AIR_HU = -1000.0
_SKIN_MM = 2.0
_FISSURE_MM = 0.7
_FISSURE_HU = 420.0
"""By how much a fissure stands out of the lung where it fills a voxel."""


class Tissue:
    """Gives slices of body wall, mediastinum, lungs and fissures."""

    def __init__(self, chest: Chest, lattice: Lattice, blood_hu: float, rng: np.random.Generator) -> None:
        self._lattice, self._blood_hu = lattice, blood_hu
        self._wall_mm, self._edge_mm = chest.wall_mm, float(np.mean(lattice.spacing_mm[1:]))
        self._body, self._lungs = lattice.field(chest.body), lattice.field(chest.lungs)
        self._heart = lattice.field(chest.heart)
        self._below = lattice.field(lambda x, y, z: np.minimum(*(_under(chest, side, x, y, z) for side in SIDES)))
        self._oblique = lattice.field(lambda x, y, z: _by_side(chest.oblique, x, y, z))
        self._horizontal = lattice.field(lambda x, y, z: _by_side(chest.horizontal, x, y, z))
        self._grain, self._coarse = _noise_field(lattice, 9.0, rng), _noise_field(lattice, 30.0, rng)
        self._lung_hu, self._slope = float(rng.uniform(-880, -810)), float(rng.uniform(0.2, 0.7))
        self._fissure_share = float(rng.uniform(0.5, 1.0))
        self._back = lattice.axis(1)[:, None]

    def lungs(self, index: int) -> np.ndarray:
        """Return the distance from the pleura in a slice, negative within."""
        return self._lungs.slice(index)

    def slice(self, index: int) -> np.ndarray:
        """Return a slice in HU, float32, (H, W)."""
        lungs, body = self._lungs.slice(index), self._body.slice(index)
        hu = np.where(lungs < self._wall_mm, 45, -95).astype(np.float32)
        hu = np.where(self._below.slice(index) < 0, 58, hu)
        hu = np.where(body > -_SKIN_MM, 20, hu)
        hu += self._grain.slice(index) * 6
        hu = _mixed(hu, self._blood_hu, self._covered(self._heart.slice(index)))
        hu = _mixed(hu, self._parenchyma(index), self._covered(lungs))
        return _mixed(hu, AIR_HU, self._covered(-body))

    def _parenchyma(self, index: int) -> np.ndarray:
        """Return the lung: denser towards the back, where it lies, and along its fissures."""
        lung = self._lung_hu + self._slope * self._back + 14 * self._grain.slice(index) + 22 * self._coarse.slice(index)
        oblique, horizontal = self._oblique.slice(index), self._horizontal.slice(index)
        nearest = np.minimum(np.abs(oblique), np.where(oblique > 0, np.abs(horizontal), np.inf))
        width = np.hypot(_FISSURE_MM, self._edge_mm / 2)
        is_there = np.clip(1.3 * self._fissure_share + self._coarse.slice(index), 0, 1)  # many are incomplete
        fissure = is_there * np.exp(-((nearest / width) ** 2))
        return np.asarray(lung + _FISSURE_HU * (_FISSURE_MM / width) * fissure)

    def _covered(self, distance: np.ndarray) -> np.ndarray:
        return np.clip(0.5 - distance / self._edge_mm, 0, 1)


def _mixed(hu: np.ndarray, other: np.ndarray | float, share: np.ndarray) -> np.ndarray:
    return np.asarray(hu + share * (other - hu), np.float32)


def _under(chest: Chest, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance from the organs under the diaphragm."""
    wall = chest.chest_wall(side, x, y, np.maximum(z, chest.base_mm + 40))
    return np.asarray(np.maximum(z - chest.diaphragm(side, x, y) + 3, wall - 4))


def _by_side(
    distance: Callable[[Side, np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
) -> np.ndarray:
    return np.where(x < 0, distance(SIDES[0], x, y, z), distance(SIDES[1], x, y, z))


def _noise_field(lattice: Lattice, grain_mm: float, rng: np.random.Generator) -> Field:
    """Return smooth noise of standard deviation one."""
    counts = [max(round(n * s / grain_mm), 2) for n, s in zip(lattice.shape, lattice.spacing_mm, strict=True)]
    return Field(rng.standard_normal(counts, np.float32), lattice.shape)
