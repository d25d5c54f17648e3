"""The lungs of a real scan as a place to set nodules into."""

import numpy as np
from scipy.ndimage import map_coordinates

from models.imaging.volume import Volume
from models.nodules.lung_mask import lungs_of

_VESSEL_HU = -500.0
_VESSEL_DEPTH_MM = 4.0
"""What is as bright nearer to the pleura may be the wall."""
_STEP_MM = 2.0


class RealLungs:
    """Where lung is, how deep, and where vessels run in it; places are the patient's, LPS."""

    def __init__(self, volume: Volume) -> None:
        """Find the lungs of a CT in HU.

        Raises:
            ValueError: there are none.
        """
        lungs = lungs_of(volume)
        if not lungs.are_there:
            raise ValueError(
                f"{volume.source_id}: required a CT in HU that shows some lung to set nodules into, found no lung"
            )
        self.grid = volume.grid
        self._depth_mm, self._factors = lungs.depth_mm, np.array(lungs.factors)
        index = np.argwhere(self._depth_mm > 0) * self._factors + (self._factors - 1) / 2
        self.places = self.grid.positions_mm(index)
        """Evenly spread over the lungs, (N, 3)."""
        hu = volume.voxels[0][tuple(np.rint(index).astype(int).T)]
        depths = self._depth_mm[self._depth_mm > 0]
        self.vessels = self.places[(hu > _VESSEL_HU) & (depths > _VESSEL_DEPTH_MM)]
        """Places in vessels, (M, 3)."""

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        """Return how deep within the lungs places lie, (N, 3) to (N,); negative outside."""
        index = (self.grid.indices(places) - (self._factors - 1) / 2) / self._factors
        return np.asarray(map_coordinates(self._depth_mm, index.T, order=1, mode="nearest"))

    def pleura_near(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the place of the pleura nearest to one, and the unit vector that there points out of the lung."""
        normal = np.zeros(3)
        for _ in range(6):
            steps = np.concatenate([np.eye(3), -np.eye(3)]) * _STEP_MM
            depths = self.depth_mm(place + steps)
            slope = depths[3:] - depths[:3]
            normal = slope / max(float(np.linalg.norm(slope)), 1e-9)
            place = place + normal * self.depth_mm(place[None])[0]
        return place, normal
