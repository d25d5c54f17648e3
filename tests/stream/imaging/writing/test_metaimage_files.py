"""Volumes written as MetaImage open in the same place with the same values."""

from pathlib import Path

import numpy as np
import pytest

from models.imaging.voxel_grid import VoxelGrid
from models.samples import Volume
from stream.imaging.opening import open_volume
from stream.imaging.writing.metaimage_files import write_metaimage


def made_volume(voxels: np.ndarray) -> Volume:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    grid = VoxelGrid.of_axes(voxels.shape, (2.5, 0.7, 0.8), directions=turn, origin_mm=(-12.25, 3.5, -700.125))
    return Volume(voxels=voxels[None].astype(np.float32), grid=grid, source_id="made", modality="CT")


def test_values_and_places_survive(tmp_path: Path) -> None:
    volume = made_volume(np.random.default_rng(0).integers(-1024, 3000, (4, 5, 6)))
    write_metaimage(tmp_path / "scan.mhd", volume)
    found = open_volume(tmp_path / "scan.mhd")
    assert np.array_equal(found.read_slab(0, 4), volume.voxels)
    assert found.grid.is_like(volume.grid, tolerance=1e-6)


def test_values_that_16_bits_do_not_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must fit into 16 bits, got 0 to 40000"):
        write_metaimage(tmp_path / "scan.mhd", made_volume(np.full((2, 2, 2), 40000) * np.eye(2)))
    assert not list(tmp_path.iterdir())
