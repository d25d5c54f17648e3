"""The lungs of a scan, whatever its orientation and spacing."""

from dataclasses import replace

import numpy as np
import pytest

from models.imaging.orientation import reorient
from models.nodules.lung_scan import STEP_MM, lung_scan
from models.samples import Volume
from tests.models.nodules.made_lungs import HALF_MM, make_scan

LUNGS_ML = 2 * 4 / 3 * np.pi * np.prod(HALF_MM) / 1000


def lung_ml(volume: Volume) -> float:
    scan = lung_scan(volume)
    assert scan is not None
    return float((scan.depth_mm > 0).sum() * STEP_MM**3 / 1000)


@pytest.mark.parametrize("spacing", [(2.0, 1.5, 1.5), (5.0, 1.0, 1.0), (1.0, 2.5, 2.0)])
def test_lungs_are_as_large_as_they_are_at_any_spacing(spacing: tuple[float, float, float]) -> None:
    assert lung_ml(make_scan(spacing_mm=spacing)) == pytest.approx(LUNGS_ML, rel=0.08)


@pytest.mark.parametrize("orientation", ["SPL", "LIA", "ARS"])
def test_orientation_changes_neither_lungs_nor_places(orientation: str) -> None:
    volume = make_scan([((-45, 10, 5), 12.0, 30.0)])
    voxels, grid = reorient(volume.voxels, volume.grid, orientation)
    turned = lung_scan(replace(volume, voxels=np.ascontiguousarray(voxels), grid=grid))
    assert turned is not None
    assert turned.grid.orientation == orientation
    bright = np.argwhere((turned.voxels > 0.6) & (turned.depth_mm > 5))
    assert turned.grid.positions_mm(bright).mean(0) == pytest.approx([-45, 10, 5], abs=0.5)


def test_a_nodule_at_the_pleura_belongs_to_the_lung() -> None:
    scan = lung_scan(make_scan([((-73, 0, 0), 10.0, 30.0)]))
    assert scan is not None
    place = np.rint(scan.grid.indices(np.array([[-71.0, 0, 0]]))[0]).astype(int)
    assert scan.depth_mm[tuple(place)] > 0


def test_gas_in_the_bowel_and_air_outside_are_no_lungs() -> None:
    assert lung_scan(make_scan(lungs_hu=-1000.0)) is None


@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (-1000.0, -900.0)])
def test_values_that_no_ct_has_are_refused(low: float, high: float) -> None:
    volume = make_scan()
    voxels = np.where(volume.voxels < -400, low, high).astype(np.float32)
    with pytest.raises(ValueError, match=f"required a CT in HU.*found values from {low:.0f} to {high:.0f}"):
        lung_scan(replace(volume, voxels=voxels))
