"""The views of the nodules of simulated scans, and which of them are perifissural."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.nodules.views import cut_views
from models.simulation.thorax.scan import ThoraxScan
from models.whole_file import whole_file

_ASIDE_MM = 0.7
"""Standard deviation of how far from its middle a copy of a nodule is cut out: who finds nodules is no more exact."""


@dataclass(frozen=True, eq=False)
class ViewedNodules:
    """The nodules of one scan."""

    views: np.ndarray
    """uint8, (N, copies, 3, SIDE, SIDE); the first copy is cut out at the middle."""
    is_perifissural: np.ndarray
    """bool, (N,)."""
    places: tuple[str, ...]
    """Where each lies, as the simulator says it."""

    def save(self, path: Path) -> None:
        """Write them, whole or not at all."""
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez_compressed(file, **{**vars(self), "places": np.array(self.places, str)})

    @classmethod
    def load(cls, path: Path) -> "ViewedNodules":
        with np.load(path) as kept:
            return cls(kept["views"], kept["is_perifissural"], tuple(map(str, kept["places"])))


def viewed_nodules(seed: int, *, size: int, num_slices: int, num_nodules: int, num_copies: int) -> ViewedNodules:
    """Return the nodules of one simulated scan."""
    scan = ThoraxScan(seed, size=size, num_slices=num_slices, num_nodules=num_nodules)
    volume, rng = scan.volume, np.random.default_rng((seed, 3))
    views = []
    for nodule in scan.truth.nodules:
        offsets = np.concatenate([np.zeros((1, 3)), rng.normal(0, _ASIDE_MM, (num_copies - 1, 3))])
        places = np.array(nodule.centre_mm) + offsets
        views.append([cut_views(volume.read_slab, volume.grid, (x, y, z)) for x, y, z in places.tolist()])
    places_of = tuple(nodule.place for nodule in scan.truth.nodules)
    return ViewedNodules(np.array(views, np.uint8), np.array([one == "perifissural" for one in places_of]), places_of)
