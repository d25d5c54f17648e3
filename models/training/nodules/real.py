"""Examples from one lung of a real CT, with nodules set in."""

from dataclasses import replace

import numpy as np

from models.evaluation.froc import Lesion
from models.imaging.volume import Volume
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_regions import AIR_HU
from models.simulation.thorax.real_scan import RealScan
from models.training.nodules.config import BodySide
from models.training.nodules.examples import ScanExamples, examples_of

_STRETCH = (0.85, 1.2)
_MOST_NOISE_HU = 20.0


def real_examples(volume: Volume, seed: int, *, num_nodules: int) -> ScanExamples:
    """Return the examples of one copy of a scan; its name is that of the scan with the seed.

    Args:
        volume: CT in HU.
        seed: of the nodules.
        num_nodules: fewer are there when there is no room.

    Raises:
        ValueError: there is no lung in it.
    """
    scan = RealScan(volume, seed, num_nodules=num_nodules)
    nodules = scan.truth.nodules
    lesions = [Lesion(nodule.centre_mm, nodule.diameter_mm) for nodule in nodules]
    kinds = [f"{nodule.kind} {nodule.place}" for nodule in nodules]
    return examples_of(scan.volume, lesions, name=f"{volume.source_id} {seed}", kinds=kinds)


def side_of(volume: Volume, side: BodySide) -> Volume:
    """Return the half of a scan that lies on one side of the patient, parted in the middle of what is no air."""
    axis = next(index for index, letter in enumerate(volume.orientation) if letter in "LR")
    num_voxels = (volume.voxels[0] > AIR_HU).sum(tuple(other for other in range(3) if other != axis))
    middle = int(np.clip(round(np.average(np.arange(len(num_voxels)), weights=num_voxels + 1)), 1, len(num_voxels) - 1))
    rises_to = "left" if volume.orientation[axis] == "L" else "right"
    kept = slice(middle, None) if rises_to == side else slice(0, middle)
    corner = np.zeros(3)
    corner[axis] = kept.start
    box = tuple(kept if index == axis else slice(None) for index in range(3))
    voxels = np.ascontiguousarray(volume.voxels[(slice(None), *box)])
    affine = volume.grid.affine.copy()
    affine[:3, 3] = volume.grid.positions_mm(corner[None])[0]
    depth, height, width = voxels.shape[1:]
    return replace(volume, voxels=voxels, grid=VoxelGrid((depth, height, width), affine))


def varied_scan(volume: Volume, seed: int) -> Volume:
    """Return a scan as if of another patient: mirrored or not, a little larger or smaller, and noisier."""
    rng = np.random.default_rng((seed, 11))
    axis = next(index for index, letter in enumerate(volume.orientation) if letter in "LR")
    voxels = np.flip(volume.voxels, axis + 1) if rng.random() < 0.5 else volume.voxels
    affine = volume.grid.affine.copy()
    affine[:3, :3] *= rng.uniform(*_STRETCH)
    noise = rng.standard_normal(voxels.shape, np.float32) * rng.uniform(0, _MOST_NOISE_HU)
    return replace(volume, voxels=np.asarray(voxels + noise, np.float32), grid=VoxelGrid(volume.grid.shape, affine))
