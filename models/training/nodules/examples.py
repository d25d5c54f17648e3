"""What the network learns from: the places that the filter proposes in a scan, each with what is really there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.evaluation.froc import Lesion
from models.imaging.volume import StoredVolume, Volume
from models.nodules.blobs import Blobs, axes_at, find_blobs
from models.nodules.cubes import SIDE, cut_cubes
from models.nodules.lung_scan import LungScan, lung_scan
from models.whole_file import whole_file

MARGIN = 2
"""Voxels around a cube that are kept, so that in training it may be cut out a little to the side."""
NODULE, OTHER, UNSURE = 1, 0, -1
_UNSURE_MM = 3.0
"""What lies so near to a nodule, but not in it, is neither."""


@dataclass(frozen=True, eq=False)
class ScanExamples:
    """The places of one scan."""

    name: str
    cubes: np.ndarray
    """uint8, (N, SIDE + 2 MARGIN, ...)."""
    positions_mm: np.ndarray
    """LPS, (N, 3)."""
    targets: np.ndarray
    """NODULE, OTHER or UNSURE, (N,)."""
    diameters_mm: np.ndarray
    """Of the nodule there, else 0, (N,)."""
    num_proposed: int
    """The first so many were proposed by the filter; what follows are nodules themselves."""
    nodules: np.ndarray
    """x, y, z and diameter of the true ones, (M, 4)."""
    kinds: tuple[str, ...]
    """What each is, such as "ground_glass juxta_pleural"; empty when nobody knows."""

    @property
    def lesions(self) -> list[Lesion]:
        return [Lesion((float(x), float(y), float(z)), float(diameter)) for x, y, z, diameter in self.nodules]

    def save(self, path: Path) -> None:
        """Write them, whole or not at all."""
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez_compressed(file, **{**vars(self), "kinds": np.array(self.kinds, str)})

    @classmethod
    def load(cls, path: Path) -> "ScanExamples":
        with np.load(path) as kept:
            fields = {name: kept[name] for name in kept.files}
        name, count, kinds = str(fields.pop("name")), int(fields.pop("num_proposed")), fields.pop("kinds")
        return cls(name=name, num_proposed=count, kinds=tuple(map(str, kinds)), **fields)


def examples_of(
    volume: Volume | StoredVolume, nodules: Sequence[Lesion], *, name: str, kinds: Sequence[str] = ()
) -> ScanExamples:
    """Look for places in a scan of which the nodules are known.

    Raises:
        ValueError: it is no CT, or holds no lungs.
    """
    scan = lung_scan(volume)
    if scan is None:
        raise ValueError(f"{volume.source_id}: required a CT with lungs to learn nodules from, found none")
    table = np.array([(*one.position_mm, one.diameter_mm) for one in nodules], float).reshape(-1, 4)
    blobs = find_blobs(scan)
    places, axes = _with_nodules(scan, blobs, table)
    positions = scan.grid.positions_mm(places)
    targets, diameters = _targets(positions, table, np.array([one.is_judged for one in nodules], bool))
    return ScanExamples(
        name=name,
        cubes=cut_cubes(scan.voxels, places, axes, side=SIDE + 2 * MARGIN),
        positions_mm=positions,
        targets=targets,
        diameters_mm=diameters,
        num_proposed=len(blobs.places),
        nodules=table,
        kinds=tuple(kinds),
    )


def _with_nodules(scan: LungScan, blobs: Blobs, nodules: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places and axes of the blobs, then of the nodules themselves."""
    if not len(nodules):
        return blobs.places, blobs.axes
    own = scan.grid.indices(nodules[:, :3])
    turns = [axes_at(scan.voxels, place, row[3] / 2) for place, row in zip(own, nodules, strict=True)]
    return np.concatenate([blobs.places, own]), np.concatenate([blobs.axes, turns])


def _targets(positions: np.ndarray, nodules: np.ndarray, is_judged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    targets, diameters = np.zeros(len(positions), np.int8), np.zeros(len(positions))
    for (*centre, diameter), counts in zip(nodules, is_judged, strict=True):
        distances = np.linalg.norm(positions - np.array(centre), axis=1)
        is_near = (distances < diameter / 2 + _UNSURE_MM) & (targets != NODULE)
        targets[is_near] = UNSURE
        is_hit = distances < diameter / 2
        if counts:
            targets[is_hit], diameters[is_hit] = NODULE, diameter
    return targets, diameters
