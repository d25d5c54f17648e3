"""What a scanner makes of uptake: blurred by its resolution, noisy by the number of its counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

_FWHM_IN_SIGMAS = 2.3548
_LEAST_SIGMA_VOXELS = 0.45


@dataclass(frozen=True)
class Scanner:
    """How well one scan shows what is there."""

    resolution_mm: float
    """Full width at half maximum of a point, before the filter."""
    filter_mm: float
    """The same of the filter with which the picture is smoothed."""
    noise: float
    """Standard deviation in the brain, as a share of its uptake, after the filter."""

    def scan(self, uptake: np.ndarray, spacing_mm: Sequence[float], rng: np.random.Generator) -> np.ndarray:
        """Return what is seen of uptake, float32 of the same shape.

        Counts are drawn from Poisson's law before the filter, so that noise grows with uptake and is blotchy.

        Args:
            uptake: in units of the brain's mean, (D, H, W).
            spacing_mm: of its voxels.
            rng: draws the counts.
        """
        seen = gaussian_filter(uptake, _sigmas(self.resolution_mm, spacing_mm), mode="nearest")
        sigmas = np.maximum(_sigmas(self.filter_mm, spacing_mm), _LEAST_SIGMA_VOXELS)
        averaged = float(np.prod(2 * np.sqrt(np.pi) * sigmas))  # voxels over which the filter spreads one
        counts_a_voxel = 1 / (max(averaged, 1.0) * self.noise**2)
        counts = rng.poisson(np.maximum(seen, 0) * counts_a_voxel)
        return np.asarray(gaussian_filter((counts / counts_a_voxel).astype(np.float32), sigmas, mode="nearest"))


def draw_scanner(rng: np.random.Generator) -> Scanner:
    """Draw a scanner as they are in use."""
    return Scanner(float(rng.uniform(3.8, 5.2)), float(rng.uniform(2.5, 4.5)), float(rng.uniform(0.03, 0.09)))


def _sigmas(fwhm_mm: float, spacing_mm: Sequence[float]) -> np.ndarray:
    return fwhm_mm / _FWHM_IN_SIGMAS / np.asarray(spacing_mm)
