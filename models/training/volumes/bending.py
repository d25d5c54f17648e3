"""Another view of a patch of a volume: bent, turned, scaled and mirrored about its middle.

Source: Cicek et al. 2016, arXiv:1606.06650, section 3: random vectors on a coarse grid (32 voxels apart, standard
deviation 4 voxels), between which B-splines run. Here the vectors of the border do not vanish.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field
from scipy.interpolate import BSpline
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from models.config_file import Section

_ORDER = 3


class BendConfig(Section):
    """How far views may differ in shape from what was recorded."""

    grid_voxels: float = Field(32.0, gt=0)  # between the vectors that bend
    bend_voxels: float = Field(4.0, ge=0)  # standard deviation of these vectors
    turn_degrees: tuple[float, float, float] = (180.0, 15.0, 15.0)  # most, about the axes D, H and W
    scales: tuple[float, float] = (0.85, 1.2)
    mirror: tuple[bool, bool, bool] = (True, True, True)  # along D, H and W


@dataclass(frozen=True, eq=False)
class View:
    """Where each voxel of a patch is taken from."""

    places: np.ndarray
    """Indices d, h and w, fractions allowed, float32, (3, D, H, W)."""

    def values(self, voxels: np.ndarray) -> np.ndarray:
        """Return interpolated values of one or more channels, (C, D, H, W); beyond the border lies its mirror image."""
        return np.stack([map_coordinates(one, self.places, order=1, mode="mirror") for one in voxels])

    def marks(self, marks: np.ndarray, *, outside: float = 0) -> np.ndarray:
        """Return the nearest of some marks, such as labels or weights, (D, H, W)."""
        return np.asarray(map_coordinates(marks, self.places, order=0, mode="constant", cval=outside))


def draw_view(
    rng: np.random.Generator,
    config: BendConfig | None,
    *,
    centre: Sequence[float] | np.ndarray,
    size: tuple[int, int, int],
    spacing: Sequence[float] | np.ndarray = (1.0, 1.0, 1.0),
) -> View:
    """Draw where the voxels of a patch come from.

    Args:
        rng: draws it.
        config: how far it may differ; None: it is cut out as it is.
        centre: of the patch, in voxels of the volume.
        size: of the patch, voxels along D, H and W.
        spacing: between voxels along each axis, in any unit: what is turned must keep its form.
    """
    middle = (np.array(size) - 1) / 2
    axes = [np.arange(count, dtype=np.float32) - half for count, half in zip(size, middle, strict=True)]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"))
    if config is not None:
        offsets = np.tensordot(_turn(rng, config, np.asarray(spacing)), offsets, 1).astype(np.float32)
        if config.bend_voxels:
            offsets += _bend(rng, config, size)
    return View(offsets + np.asarray(centre, np.float32).reshape(3, 1, 1, 1))


def _turn(rng: np.random.Generator, config: BendConfig, spacing: np.ndarray) -> np.ndarray:
    """Return a matrix in voxels, (3, 3)."""
    angles = rng.uniform(-1, 1, 3) * config.turn_degrees
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * rng.uniform(*config.scales)
    signs = np.where(config.mirror, rng.choice((-1, 1), 3), 1)
    return np.asarray((turn * signs * spacing) / spacing[:, None])


def _bend(rng: np.random.Generator, config: BendConfig, size: tuple[int, int, int]) -> np.ndarray:
    """Return smooth displacements in voxels, (3, *size)."""
    bases = [_spline_basis(count, config.grid_voxels) for count in size]
    vectors = rng.normal(0, config.bend_voxels, (3, *(basis.shape[1] for basis in bases))).astype(np.float32)
    return np.asarray(np.einsum("xabc,da,hb,wc->xdhw", vectors, *bases, optimize=True))


def _spline_basis(count: int, grid_voxels: float) -> np.ndarray:
    """Return the weight of each vector at each voxel of one axis, (count, number of vectors); each row sums to 1."""
    num_spans = max(int(np.ceil((count - 1) / grid_voxels)), 1)
    knots = np.arange(-_ORDER, num_spans + _ORDER + 1, dtype=float)
    at = np.minimum(np.arange(count) / grid_voxels, num_spans - 1e-9)
    return np.asarray(BSpline.design_matrix(at, knots, _ORDER).toarray(), np.float32)
