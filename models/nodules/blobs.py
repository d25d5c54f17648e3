"""Proposes places in the lungs that are as bright on all sides as a nodule would be: blobs, of several sizes.

Source: Huang et al., "Lung nodule detection in CT using 3D convolutional neural networks", ISBI 2017, propose
candidates by a filter on a local geometric model; its details were not available to us. Here differences of Gaussians
give places and sizes, and the eigenvalues of the Hessian tell blobs from tubes and plates, as in Li et al., "Selective
enhancement filters for nodules, vessels, and airway walls", Medical Physics 30:2040, 2003.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.nodules.lung_scan import PARENCHYMA, STEP_MM, LungScan

SIGMAS_MM = (1.2, 1.8, 2.7, 4.0, 6.0, 9.0)
RADIUS_PER_SIGMA = 1.9
"""Radius of the ball on which the difference of two neighbouring Gaussians answers most, by the finer sigma."""
_WINDOWS = ((1.0, SIGMAS_MM[:4]), (0.42, SIGMAS_MM))
"""Brightness above which all is alike, and the Gaussians with which what is left is filtered. With little of it ground
glass stands out as much as anything solid, and vessels in it do not break it up."""
_LEAST_ANSWER = 0.03
_LEAST_ROUNDNESS = 0.12
_FROM_BORDER_MM = -1.0
MOST = 120
"""Places of a scan that are looked at closer."""


@dataclass(frozen=True, eq=False)
class Blobs:
    """Places in a lung scan, the most promising first."""

    places: np.ndarray
    """Fractional d, h and w, (N, 3)."""
    radii_mm: np.ndarray
    """(N,)."""
    strengths: np.ndarray
    """How promising, (N,)."""
    axes: np.ndarray
    """Unit vectors along d, h and w, a row each, in which the brightness falls least, more and most, (N, 3, 3)."""

    def taken(self, chosen: np.ndarray) -> "Blobs":
        return Blobs(self.places[chosen], self.radii_mm[chosen], self.strengths[chosen], self.axes[chosen])


def find_blobs(scan: LungScan, *, most: int = MOST) -> Blobs:
    """Return the blobs in the lungs of a scan."""
    is_lung = scan.depth_mm > _FROM_BORDER_MM
    filled = np.where(is_lung, scan.voxels, np.float32(PARENCHYMA))
    found = []
    for ceiling, sigmas in _WINDOWS:
        seen = np.minimum((filled - PARENCHYMA) / (ceiling - PARENCHYMA), 1)
        finer = _smoothed(seen, sigmas[0])
        for sigma, next_sigma in pairwise(sigmas):
            coarser = _smoothed(seen, next_sigma)
            found.append(_peaks(finer - coarser, finer, is_lung, sigma))
            finer = coarser
    joined = Blobs(*(np.concatenate(parts) for parts in zip(*(vars(one).values() for one in found), strict=True)))
    return _apart(joined.taken(np.argsort(-joined.strengths)), most)


def axes_at(voxels: np.ndarray, place: np.ndarray, radius_mm: float) -> np.ndarray:
    """Return the axes of the structure at a place, as `Blobs.axes` says them, (3, 3)."""
    sigma = max(radius_mm / RADIUS_PER_SIGMA, SIGMAS_MM[0])
    reach = int(np.ceil(3 * sigma / STEP_MM)) + 2
    middle = np.rint(place).astype(int)
    index = [
        np.clip(np.arange(at - reach, at + reach + 1), 0, n - 1) for at, n in zip(middle, voxels.shape, strict=True)
    ]
    smooth = _smoothed(voxels[np.ix_(*index)], sigma)
    return np.asarray(_eigen(smooth, np.full((1, 3), reach))[1][0])


def _peaks(answer: np.ndarray, smooth: np.ndarray, is_lung: np.ndarray, sigma: float) -> Blobs:
    places = _maxima(answer, is_lung)
    values, axes = _eigen(smooth, places)  # falling least, more, most
    roundness = np.clip(values[:, 0] / np.minimum(values[:, 2], -1e-9), 0, 1)
    keep = (values[:, 0] < 0) & (roundness > _LEAST_ROUNDNESS)
    places, roundness, axes = places[keep], roundness[keep], axes[keep]
    strengths = answer[tuple(places.T)] * roundness**0.5
    radii = np.full(len(places), sigma * RADIUS_PER_SIGMA)
    return Blobs(places.astype(float), radii, strengths.astype(float), axes)


def _maxima(answer: np.ndarray, is_lung: np.ndarray) -> np.ndarray:
    """Return the voxels that none of their 26 neighbours exceeds, (N, 3)."""
    in_plane = np.stack([cv2.dilate(plane, np.ones((3, 3), np.uint8)) for plane in answer])
    is_peak = is_lung & (answer > _LEAST_ANSWER) & (answer >= in_plane)
    is_peak[1:] &= answer[1:] >= in_plane[:-1]
    is_peak[:-1] &= answer[:-1] >= in_plane[1:]
    return np.argwhere(is_peak)


def _eigen(smooth: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues (N, 3), the highest first, and vectors (N, 3, 3), a row each, of the Hessian at voxels."""
    limits = np.array(smooth.shape) - 1

    def at(*step: int) -> np.ndarray:
        return np.asarray(smooth[tuple(np.clip(places + np.array(step), 0, limits).T)], np.float64)

    unit = np.eye(3, dtype=int)
    hessian = np.empty((len(places), 3, 3))
    for a in range(3):
        hessian[:, a, a] = at(*unit[a]) + at(*-unit[a]) - 2 * at(0, 0, 0)
        for b in range(a):
            plus, minus = unit[a] + unit[b], unit[a] - unit[b]
            mixed = (at(*plus) + at(*-plus) - at(*minus) - at(*-minus)) / 4
            hessian[:, a, b] = hessian[:, b, a] = mixed
    values, vectors = np.linalg.eigh(hessian)
    return values[:, ::-1], np.swapaxes(vectors[:, :, ::-1], 1, 2)


def _apart(blobs: Blobs, most: int) -> Blobs:
    """Return the strongest blobs, none of them within another."""
    kept: list[int] = []
    for index in range(len(blobs.places)):
        if len(kept) == most:
            break
        others = np.array(kept, int)
        distances = np.linalg.norm(blobs.places[others] - blobs.places[index], axis=1) * STEP_MM
        nearest = 0.8 * np.maximum(np.minimum(blobs.radii_mm[others], blobs.radii_mm[index]), 2.5)
        if not (distances < nearest).any():
            kept.append(index)
    return blobs.taken(np.array(kept, int))


def _smoothed(voxels: np.ndarray, sigma_mm: float) -> np.ndarray:
    sigma = sigma_mm / STEP_MM
    planes = np.stack([cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) for plane in voxels])
    return np.asarray(gaussian_filter1d(planes, sigma, axis=0, mode="nearest", truncate=3.0), np.float32)
