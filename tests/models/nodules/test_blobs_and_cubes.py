"""Proposed places, and cubes that look the same whichever way a structure runs."""

import numpy as np
import pytest

from models.imaging.voxel_grid import VoxelGrid
from models.nodules.blobs import axes_at, find_blobs
from models.nodules.cubes import SIDE, cut_cubes
from models.nodules.lung_scan import PARENCHYMA, STEP_MM, LungScan, lung_scan
from tests.models.nodules.made_lungs import make_scan


def tube_along(way: np.ndarray, radius: float = 2.0) -> np.ndarray:
    """Return a bright tube through the middle of a box."""
    places = np.stack(np.meshgrid(*[np.arange(48) - 23.5] * 3, indexing="ij"), -1)
    way = way / np.linalg.norm(way)
    distance = np.linalg.norm(places - (places @ way)[..., None] * way, axis=-1)
    return np.clip(0.5 + radius - distance, 0, 1).astype(np.float32) * 0.8 + np.float32(PARENCHYMA)


@pytest.mark.parametrize("hu", [30.0, -550.0])
@pytest.mark.parametrize("diameter", [5.0, 9.0, 18.0])
def test_a_ball_of_any_size_and_density_is_the_first_place_proposed(diameter: float, hu: float) -> None:
    scan = lung_scan(make_scan([((45, -8, 6), diameter, hu)], spacing_mm=(1.5, 1.25, 1.25)))
    assert scan is not None
    blobs = find_blobs(scan)
    assert scan.grid.positions_mm(blobs.places[:1])[0] == pytest.approx([45, -8, 6], abs=1.3)
    assert 0.5 < 2 * blobs.radii_mm[0] / diameter < 2.2


def test_a_tube_is_proposed_less_than_a_ball() -> None:
    def strongest(voxels: np.ndarray) -> float:
        grid = VoxelGrid.of_axes(voxels.shape, (STEP_MM,) * 3)
        blobs = find_blobs(LungScan(voxels, np.full(voxels.shape, 20, np.float32), grid))
        inner = (np.abs(blobs.places - 23.5) < 16).all(1)  # where the tube leaves the box, it ends
        return float(blobs.strengths[inner].max(initial=0))

    places = np.stack(np.meshgrid(*[np.arange(48) - 23.5] * 3, indexing="ij"), -1)
    ball = np.clip(0.5 + 2.0 - np.linalg.norm(places, axis=-1), 0, 1).astype(np.float32) * 0.8 + np.float32(PARENCHYMA)
    assert strongest(ball) > 2 * strongest(tube_along(np.array([1.0, 0.6, 0.3])))


@pytest.mark.parametrize("way", [(1, 0, 0), (0, 1, 0), (1, 1, 0), (0.3, -0.8, 0.5)])
def test_a_tube_lies_along_the_first_axis_of_its_cube_whichever_way_it_runs(way: tuple[float, ...]) -> None:
    middle = np.full(3, 23.5)
    cubes = []
    for direction in (np.array([0.0, 0.0, 1.0]), np.array(way)):
        voxels = tube_along(direction)
        axes = axes_at(voxels, middle, 4.0)
        assert abs(axes[0] @ direction / np.linalg.norm(direction)) > 0.99
        cubes.append(cut_cubes(voxels, middle[None], axes[None])[0].astype(float))
    assert cubes[0].shape == (SIDE, SIDE, SIDE)
    assert np.abs(cubes[0] - cubes[1]).mean() < 4  # of 255; the tube is round but for its voxels


def test_axes_are_a_frame() -> None:
    scan = lung_scan(make_scan([((45, -8, 6), 8.0, 30.0), ((-45, 12, -6), 8.0, 30.0)]))
    assert scan is not None
    for axes in find_blobs(scan).axes:
        assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
