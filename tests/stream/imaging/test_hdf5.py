from pathlib import Path

import h5py
import numpy as np
import pytest

from stream.errors import SourceRefused
from stream.imaging.opening import open_volume

VOXELS = np.arange(210, dtype=np.uint16).reshape(5, 6, 7)


def made(path: Path, name: str = "raw", **attributes: object) -> Path:
    with h5py.File(path, "a") as file:
        dataset = file.create_dataset(name, data=VOXELS, chunks=(2, 3, 4), compression="gzip")
        dataset.attrs.update(attributes or {"element_size_um": (0.3, 0.2, 0.1)})
    return path


def test_the_real_nuclei_have_their_spacing_and_their_labels(shared_data: Path) -> None:
    nuclei = open_volume(shared_data / "nuclei3d/1135_mini.h5")
    labels = open_volume(f"{shared_data / 'nuclei3d/1135_mini.h5'}#label")
    np.testing.assert_allclose(nuclei.spacing_mm, (0.28371837e-3, 0.12678642e-3, 0.12678642e-3), rtol=1e-6)
    assert nuclei.grid.is_like(labels.grid)
    inside = labels.load().voxels > 0
    voxels = nuclei.load().voxels
    assert voxels[inside].mean() > 1.5 * voxels[~inside].mean()


def test_slabs_together_are_the_volume(tmp_path: Path) -> None:
    stored = open_volume(made(tmp_path / "scan.h5"))
    assert np.array_equal(np.concatenate([stored.read_slab(0, 3), stored.read_slab(3, 5)], axis=1)[0], VOXELS)
    assert stored.spacing_mm == pytest.approx((3e-4, 2e-4, 1e-4))


def test_a_data_set_is_chosen_by_its_name(tmp_path: Path) -> None:
    made(tmp_path / "scan.h5", "t0/fixed")
    assert open_volume(tmp_path / "scan.h5").source_id == f"{tmp_path / 'scan.h5'}#t0/fixed"
    made(tmp_path / "scan.h5", "t0/moving")
    assert open_volume(f"{tmp_path / 'scan.h5'}#t0/moving").shape == (1, 5, 6, 7)
    with pytest.raises(SourceRefused, match="found the data sets t0/fixed, t0/moving; name one of them"):
        open_volume(tmp_path / "scan.h5")


def test_a_file_that_tells_no_spacing_needs_to_be_told(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", note="no size")
    with pytest.raises(SourceRefused, match="required the spacing of voxels, found none in the file; say it"):
        open_volume(path)
    assert open_volume(path, spacing_mm=(3, 2, 1)).spacing_mm == (3, 2, 1)


def test_an_empty_data_set_that_declares_32_gigabytes_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("raw", (2600, 2600, 2500), np.uint16, chunks=(64, 64, 64))
    assert (tmp_path / "bomb.h5").stat().st_size < 1 << 20
    with pytest.raises(SourceRefused, match="required at most 1073741824 voxels"):
        open_volume(tmp_path / "bomb.h5")


def test_voxels_in_other_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(420))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("raw", (5, 6, 7), np.uint16, external=[(str(tmp_path / "secret"), 0, 420)])
    with pytest.raises(SourceRefused, match="required voxels in the file itself"):
        open_volume(tmp_path / "a.h5")
    made(tmp_path / "other.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["raw"] = h5py.ExternalLink("other.h5", "raw")
    with pytest.raises(SourceRefused, match="required one volume, found the data sets none"):
        open_volume(tmp_path / "b.h5")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = made(tmp_path / "scan.h5")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SourceRefused, match="required a whole HDF5 file"):
        open_volume(path).load()


@pytest.mark.parametrize("size", [(0, 1, 1), (np.nan, 1, 1), (-1, 1, 1), (1, 1)])
def test_a_size_of_voxels_that_is_none_is_refused(tmp_path: Path, size: tuple[float, ...]) -> None:
    with pytest.raises(SourceRefused, match="required the spacing of voxels, found"):
        open_volume(made(tmp_path / "scan.h5", element_size_um=size))
