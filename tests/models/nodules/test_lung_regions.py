"""Which air in a CT is lung: made ones, and a real scan of an abdomen with the bases of both lungs."""

from pathlib import Path

import numpy as np
import pytest

from models.nodules.lung_mask import CoarseScan
from models.nodules.lung_regions import lung_regions
from models.samples import Volume
from stream.imaging.opening import open_volume
from tests.models.nodules.made_lungs import HALF_MM, make_scan

STEP_MM = 2.5
LUNG_ML = 4 / 3 * np.pi * np.prod(HALF_MM) / 1000
GAS_HU, FOAM_HU, SHELL_HU = -985.0, -900.0, 200.0


def body() -> tuple[Volume, np.ndarray, np.ndarray]:
    """Return a body with two lungs, its voxels, and x, y and z of each."""
    volume = make_scan(spacing_mm=(STEP_MM,) * 3)
    places = volume.grid.positions_mm(np.argwhere(np.ones(volume.grid.shape, bool)))
    return volume, volume.voxels[0].copy(), places.T.reshape(3, *volume.grid.shape)


def lungs_ml(volume: Volume, voxels: np.ndarray) -> float:
    mask = lung_regions(voxels, volume.spacing_mm, volume.orientation)
    return float(mask.sum() * np.prod(volume.spacing_mm) / 1000)


def test_gas_with_a_blurred_border_is_no_lung_however_bright_its_mean() -> None:
    volume, voxels, (x, y, z) = body()
    depth = 28 - np.sqrt((x - 45) ** 2 + y**2 + z**2)  # a gut as wide as fits into one lung's place
    voxels[x > 0] = np.where(x > 0, 40 + np.clip(depth / 9 + 0.5, 0, 1) * (GAS_HU - 40), voxels)[x > 0]
    is_gas = (voxels < -400) & (x > 10) & (x < 90) & (abs(y) < 40)
    assert is_gas.sum() * STEP_MM**3 / 1000 > 60
    assert voxels[is_gas].mean() > -940
    assert lungs_ml(volume, voxels) == pytest.approx(LUNG_ML, rel=0.05)


def test_emphysema_of_four_tenths_of_a_lung_leaves_it_a_lung() -> None:
    volume, voxels, _ = body()
    rng = np.random.default_rng(0)
    is_lung = voxels == -850
    voxels[is_lung & (rng.random(voxels.shape) < 0.4)] = GAS_HU
    assert lungs_ml(volume, voxels) == pytest.approx(2 * LUNG_ML, rel=0.05)


@pytest.mark.parametrize("gap_mm", [0.0, 8.0])
def test_foam_in_the_table_is_no_lung_whether_the_patient_touches_it_or_not(gap_mm: float) -> None:
    volume, voxels, (x, y, _) = body()
    top = 66 + gap_mm
    pad = ((0, 0), (0, 24), (0, 0))
    voxels, x, y = (np.pad(values, pad, mode="edge") for values in (voxels, x, y))
    y = y + np.maximum(np.arange(y.shape[1]) - volume.grid.shape[1] + 1, 0)[None, :, None] * STEP_MM
    voxels[(y >= top - 4) & (voxels < -400)] = -1000
    is_table = (y >= top - 2) & (y < top + 36) & (abs(x) < 80)
    voxels[is_table] = SHELL_HU
    is_foam = (y >= top + 2) & (y < top + 32) & (abs(x) < 76)
    voxels[is_foam] = FOAM_HU
    mask = lung_regions(voxels, volume.spacing_mm, volume.orientation)
    assert not mask[is_foam].any()
    assert mask.sum() * STEP_MM**3 / 1000 == pytest.approx(2 * LUNG_ML, rel=0.05)


@pytest.mark.parametrize(("is_cut", "expected_ml"), [(True, 40.0), (False, 0.0)])
def test_little_of_a_lung_counts_only_where_the_scan_ends_above_it(is_cut: bool, expected_ml: float) -> None:
    volume, voxels, (_, _, z) = body()
    base = z.min() + 12.5
    kept = voxels[(z < base + HALF_MM[2] * 0.28).any((1, 2))]
    if not is_cut:
        kept = np.concatenate([kept, np.where(kept[-4:] == -850, 40, kept[-4:])])
    found = lung_regions(kept, volume.spacing_mm, "SPL").sum() * STEP_MM**3 / 1000
    assert found == pytest.approx(expected_ml, rel=0.6, abs=0.1)
    turned = lung_regions(kept[::-1], volume.spacing_mm, "IPL").sum() * STEP_MM**3 / 1000
    assert turned == found


def test_the_bases_of_real_lungs_are_found_and_the_colon_below_them_is_not(shared_data: Path) -> None:
    """The colon of this scan holds more gas than its lungs air, and its mean, -880 HU, is that of a lung."""
    volume = open_volume(shared_data / "ct" / "ts_example_ct_sm.nii.gz")
    coarse = CoarseScan(volume.grid)
    for start in coarse.starts:
        coarse.take(start, volume.read_slab)
    mask = lung_regions(coarse.voxels, volume.spacing_mm, volume.orientation)
    assert coarse.factors == (1, 1, 1)
    assert volume.orientation == "SAR"
    assert not mask[:17].any()  # below the diaphragm
    assert not mask[:, 76:].any()  # in front, where the colon and the stomach lie
    left, right = mask[..., :61], mask[..., 61:]
    assert left.sum() * volume.grid.voxel_mm3 / 1000 == pytest.approx(43, abs=5)
    assert right.sum() * volume.grid.voxel_mm3 / 1000 == pytest.approx(73, abs=5)


def test_a_real_abdomen_with_a_sliver_of_lung_gives_none_of_its_bowel_or_table(shared_data: Path) -> None:
    volume = open_volume(shared_data / "ct" / "ct_dicom")
    coarse = CoarseScan(volume.grid)
    for start in coarse.starts:
        coarse.take(start, volume.read_slab)
    spacing = tuple(step * factor for step, factor in zip(volume.spacing_mm, coarse.factors, strict=True))
    assert not lung_regions(coarse.voxels, spacing, volume.orientation).any()
