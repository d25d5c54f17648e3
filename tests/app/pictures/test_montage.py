from pathlib import Path

import numpy as np
import pytest

from app.pictures.montage import display_orientation, slice_montage
from app.pictures.overlay import label_colour
from models.imaging.orientation import onto_grid, reorient
from models.imaging.voxel_grid import VoxelGrid
from models.samples import StoredVolume, Volume
from stream.imaging.opening import open_volume


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [("SPL", "SPL"), ("SAR", "SPL"), ("IRA", "IPL"), ("PRI", "PIL"), ("ASL", "AIL"), ("LPS", "LIP"), ("RSA", "RIP")],
)
def test_slices_are_turned_as_radiologists_look_at_them(orientation: str, shown: str) -> None:
    assert display_orientation(orientation) == shown


@pytest.mark.parametrize("orientation", ["SPL", "SAR", "SRP"])
def test_a_volume_looks_the_same_however_it_is_stored(orientation: str) -> None:
    voxels = np.random.default_rng(0).random((1, 6, 20, 30)).astype(np.float32)
    turned, grid = reorient(voxels, VoxelGrid.of_axes((6, 20, 30), (2, 1, 1)), orientation)
    volume = Volume(voxels=turned, grid=grid, source_id="scan")
    straight = Volume(voxels=voxels, grid=VoxelGrid.of_axes((6, 20, 30), (2, 1, 1)), source_id="scan")
    assert np.array_equal(slice_montage(volume), slice_montage(straight))


def test_only_the_slices_that_are_shown_are_read() -> None:
    read: list[tuple[int, int]] = []

    def read_slab(start: int, stop: int) -> np.ndarray:
        read.append((start, stop))
        return np.zeros((1, stop - start, 8, 8), np.float32)

    volume = StoredVolume(grid=VoxelGrid.of_axes((700, 8, 8), (1, 1, 1)), source_id="scan", read_slab=read_slab)
    sheet = slice_montage(volume, num_tiles=3, slices=(100, 300))
    assert read == [(100, 101), (200, 201), (300, 301)]
    assert sheet.shape == (280, 3 * 256 + 2 * 4, 3)


def test_the_liver_of_the_real_ct_is_on_the_left_of_its_picture(shared_data: Path) -> None:
    ct = open_volume(shared_data / "ct/ct_dicom")
    organs = open_volume(shared_data / "ct/ct_dicom_seg.nii.gz").load()
    liver = np.where(onto_grid(organs.voxels, organs.grid, ct.grid)[0] == 5, 5, 0)
    sheet = slice_montage(ct, lambda index: liver[index], num_tiles=1, slices=(10, 10))
    places = np.argwhere((sheet == label_colour(5)).all(axis=2))
    assert len(places) > 100
    assert places[:, 1].mean() < sheet.shape[1] / 2
