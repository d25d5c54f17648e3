"""Simulated scans as the network reads them, with the share of each voxel that belongs to a lesion."""

from dataclasses import dataclass

import numpy as np

from models.imaging.orientation import reorient
from models.imaging.resampling import resample, smoothed_for
from models.imaging.voxel_grid import VoxelGrid
from models.pet.head_window import HeadWindow, find_head
from models.predictors.pet_lesion import to_input
from models.simulation.pet.lesions import CONTRASTS
from models.simulation.pet.scene import PetScene
from models.training.volumes.patches import TaughtVolume


@dataclass(frozen=True, eq=False)
class Scan:
    """One scan with its truth."""

    seed: int
    window: HeadWindow
    grid: VoxelGrid
    """Of the scan itself."""
    uptake: np.ndarray
    """SUV, float16 to spare memory, shape of the grid."""
    labels: np.ndarray
    """Number of the lesion, uint8, shape of the grid."""


def simulate_scan(seed: int, contrasts: tuple[float, float] = CONTRASTS) -> Scan:
    """Return the scan of a seed, its lesions of such contrasts."""
    scene = PetScene(seed, contrasts=contrasts)
    uptake = scene.volume.voxels[0]
    return Scan(seed, find_head(uptake, scene.grid), scene.grid, uptake.astype(np.float16), scene.labels)


def taught_scan(scan: Scan) -> TaughtVolume:
    """Return what is learned of a scan: every voxel counts alike."""
    mask, grid = reorient((scan.labels > 0).astype(np.float32), scan.grid)
    window = scan.window.grid
    share = resample(smoothed_for(mask, grid, window), grid, window)
    return TaughtVolume(
        f"seed {scan.seed}", to_input(scan.window), share, np.ones_like(share), spacing=window.spacing_mm
    )
