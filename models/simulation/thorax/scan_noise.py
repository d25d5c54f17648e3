"""The noise of a real scan, as its soft tissue shows it."""

import numpy as np

_SOFT_HU = (-60.0, 200.0)
_PATCH_MM = 12.0
_LEAST, _MOST = 2, 16
"""Voxels of a patch along an axis."""
_TRIES, _ENOUGH = 4000, 9


class ScanNoise:
    """A patch of soft tissue without what is anatomy in it, from which noise of any size is made."""

    def __init__(self, voxels: np.ndarray, spacing_mm: tuple[float, float, float], rng: np.random.Generator) -> None:
        """Look for even patches in a scan and take the one of medium noise; a scan without any gives none.

        Args:
            voxels: HU, (D, H, W).
            spacing_mm: of these voxels.
            rng: chooses where to look.
        """
        size = [
            min(int(np.clip(round(_PATCH_MM / step), _LEAST, _MOST)), count)
            for step, count in zip(spacing_mm, voxels.shape, strict=True)
        ]
        found: list[np.ndarray] = []
        for corner in rng.integers(0, np.array(voxels.shape) - size + 1, (_TRIES, 3)):
            patch = voxels[tuple(slice(at, at + n) for at, n in zip(corner, size, strict=True))]
            if patch.min() > _SOFT_HU[0] and patch.max() < _SOFT_HU[1]:
                found.append(_without_slope(patch))
            if len(found) == _ENOUGH:
                break
        found.sort(key=lambda patch: float(patch.std()))
        self._patch = found[len(found) // 2] if found else np.zeros(size, np.float32)

    @property
    def hu(self) -> float:
        """Standard deviation."""
        return float(self._patch.std())

    def of_size(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return noise for a box, float32: the patch, turned by chance and laid side by side with its mirror images."""
        patch = self._patch[tuple(slice(None, None, int(way)) for way in rng.choice((-1, 1), 3))]
        room = [(0, max(wanted - n, 0)) for wanted, n in zip(shape, patch.shape, strict=True)]
        return np.asarray(np.pad(patch, room, mode="symmetric")[tuple(slice(n) for n in shape)], np.float32)


def _without_slope(patch: np.ndarray) -> np.ndarray:
    """Return what a plane through the values leaves over."""
    mesh = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in patch.shape), indexing="ij"), -1).reshape(-1, 3)
    design = np.column_stack((mesh, np.ones(len(mesh))))
    values = patch.reshape(-1).astype(np.float64)
    return np.asarray(
        (values - design @ np.linalg.lstsq(design, values, rcond=None)[0]).reshape(patch.shape), np.float32
    )
