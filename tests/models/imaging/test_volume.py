import numpy as np
import pytest

from models.imaging.volume import StoredVolume, Volume
from models.imaging.voxel_grid import VoxelGrid


@pytest.mark.parametrize(
    ("voxels", "reason"),
    [
        (np.zeros((4, 4, 4), np.float32), "C, D, H, W"),
        (np.zeros((2, 4, 4, 4), np.float32), "its channels"),
        (np.zeros((1, 4, 4, 5), np.float32), "its grid"),
        (np.zeros((1, 4, 4, 4), np.float64), "float32"),
    ],
)
def test_a_volume_that_does_not_hold_together_is_refused(voxels: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Volume(voxels=voxels, grid=VoxelGrid.of_axes((4, 4, 4), (1, 1, 1)), source_id="ct")


def test_a_stored_volume_becomes_one_in_memory_with_all_that_it_says() -> None:
    voxels = np.random.default_rng(0).normal(size=(1, 5, 3, 2)).astype(np.float32)
    grid = VoxelGrid.of_axes((5, 3, 2), (2, 1, 1))
    stored = StoredVolume(
        grid=grid, source_id="ct", intensity_unit="HU", remarks=("tilted",), read_slab=lambda a, b: voxels[:, a:b]
    )
    loaded = stored.load()
    assert np.array_equal(loaded.voxels, voxels)
    assert (loaded.intensity_unit, loaded.remarks, loaded.grid) == ("HU", ("tilted",), grid)
