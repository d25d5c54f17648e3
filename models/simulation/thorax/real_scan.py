"""A real CT with nodules set into its lungs, of which everything is known."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from models.imaging.volume import Volume
from models.simulation.thorax.laying import Parts, lay, part_counts
from models.simulation.thorax.nodule import MOST_NODULES, Nodule
from models.simulation.thorax.real_lungs import RealLungs
from models.simulation.thorax.real_nodules import draw_real_nodules
from models.simulation.thorax.scan_noise import ScanNoise
from models.simulation.thorax.truth import NoduleTruth, SetInTruth

_INTO_THE_WALL = 0.5
"""Of a voxel: so far what lies at the pleura reaches beyond it, so that no gap is seen."""


class RealScan:
    """One copy of a scan; everything that is not said follows from the seed.

    The nodules are those of the simulator but for the ones on and beside fissures, which a real scan need not show. Of
    them only what lies within the lung is set in. Voxels that a nodule fills in part are mixed, and the scan's own
    noise is laid over it.
    """

    def __init__(
        self,
        volume: Volume,
        seed: int,
        *,
        num_nodules: int | None = None,
        nodules: Sequence[Nodule] | None = None,
    ) -> None:
        """Find the lungs and draw the nodules; voxels are made when they are asked for.

        Args:
            volume: CT in HU, of any orientation and spacing; it stays as it is.
            seed: of all that is random.
            num_nodules: None: drawn, 1 to 7; fewer are there when there is no room.
            nodules: instead of drawn ones these, their centres in the patient's coordinates, LPS.

        Raises:
            ValueError: the scan shows no lung, a nodule given does not touch it, or an option is out of range.
        """
        if not 0 <= (num_nodules or 0) <= MOST_NODULES:
            raise ValueError(f"num_nodules must lie in 0 to {MOST_NODULES}, got {num_nodules}")
        self._stored, self._seed, self._lungs = volume, seed, RealLungs(volume)
        self._rng = np.random.default_rng((seed, 10))
        drawn_count = int(self._rng.integers(1, 8))
        count = drawn_count if num_nodules is None else num_nodules
        self._nodules = draw_real_nodules(self._lungs, count, self._rng) if nodules is None else list(nodules)

    @property
    def volume(self) -> Volume:
        """The scan with its nodules, in HU."""
        return replace(self._stored, voxels=self._made[0][None], modality="CT", intensity_unit="HU")

    @property
    def labels(self) -> np.ndarray:
        """The number of the nodule in each voxel, uint8, (D, H, W)."""
        return self._made[1]

    @property
    def truth(self) -> SetInTruth:
        """What was set in; of what was in the scan before nothing is known."""
        return self._made[2]

    @cached_property
    def _made(self) -> tuple[np.ndarray, np.ndarray, SetInTruth]:
        grid, voxels = self._stored.grid, self._stored.voxels[0].copy()
        noise, labels = ScanNoise(voxels, grid.spacing_mm, self._rng), np.zeros(grid.shape, np.uint8)
        set_in = [self._set(nodule, number, voxels, labels, noise) for number, nodule in enumerate(self._nodules, 1)]
        truth = SetInTruth(
            seed=self._seed,
            scan=self._stored.source_id,
            shape=grid.shape,
            spacing_mm=grid.spacing_mm,
            noise_hu=round(noise.hu, 2),
            nodules=tuple(set_in),
        )
        return voxels, labels, truth

    def _set(
        self, nodule: Nodule, number: int, voxels: np.ndarray, labels: np.ndarray, noise: ScanNoise
    ) -> NoduleTruth:
        parts = self._parts_around(nodule)
        inside = nodule.shape.contains(parts.offsets)
        beyond = _INTO_THE_WALL * min(self._stored.spacing_mm) if nodule.place == "juxta_pleural" else 0.0
        inside[inside] = self._lungs.depth_mm(parts.offsets[inside] + nodule.centre) > -beyond
        if not inside.any():
            at = ", ".join(f"{value:.1f}" for value in nodule.centre)
            raise ValueError(
                f"{self._stored.source_id}: a nodule must lie in the lung, that at ({at}) mm, LPS, does not touch it"
            )
        grain = noise.of_size(tuple(part.stop - part.start for part in parts.box), self._rng)
        return lay(nodule, number, parts, inside, voxels=voxels, labels=labels, noise=grain)

    def _parts_around(self, nodule: Nodule) -> Parts:
        grid = self._stored.grid
        middle = grid.indices(nodule.centre[None])[0]
        reach = nodule.shape.reach_mm * np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1)
        low = np.clip(np.floor(middle - reach).astype(int), 0, np.array(grid.shape) - 1)
        high = np.clip(np.ceil(middle + reach).astype(int) + 1, low + 1, grid.shape)
        counts = part_counts(grid.spacing_mm)
        along = [
            (np.arange(a, b)[:, None] + (np.arange(n) + 0.5) / n - 0.5).ravel()
            for a, b, n in zip(low, high, counts, strict=True)
        ]
        index = np.stack(np.meshgrid(*along, indexing="ij"), -1).reshape(-1, 3)
        d, h, w = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        offsets = grid.positions_mm(index) - nodule.centre
        return Parts((d, h, w), counts, offsets, grid.voxel_mm3 / float(np.prod(counts)))
