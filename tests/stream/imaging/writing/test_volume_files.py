"""Volumes as NIfTI: what is written is read, in the same place."""

from pathlib import Path

import numpy as np
import pytest

from models.imaging.voxel_grid import VoxelGrid
from models.samples import Volume
from stream.imaging.opening import open_volume
from stream.imaging.writing.volume_files import write_volume

GRID = VoxelGrid.of_axes(
    (4, 5, 6), (3.0, 1.5, 2.0), directions=np.eye(3)[:, [1, 2, 0]] * (1, -1, 1), origin_mm=(7, 8, 9)
)


def _volume(num_channels: int = 1) -> Volume:
    voxels = np.random.default_rng(0).normal(size=(num_channels, *GRID.shape)).astype(np.float32)
    return Volume(voxels=voxels, grid=GRID, source_id="made", channel_names=tuple(f"c{i}" for i in range(num_channels)))


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_volume_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    write_volume(tmp_path / name, _volume())
    found = open_volume(tmp_path / name).load()
    assert np.array_equal(found.voxels, _volume().voxels)
    assert found.grid.is_like(GRID)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_several_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one channel, got 2"):
        write_volume(tmp_path / "scan.nii", _volume(2))
