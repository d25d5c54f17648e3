"""Nodules set into real lungs: where they lie, what they change, and what is known of them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from models.imaging.orientation import reorient
from models.nodules.lung_mask import lungs_of
from models.samples import Volume
from models.simulation.thorax.nodule import Nodule
from models.simulation.thorax.nodule_shapes import draw_shape
from models.simulation.thorax.real_lungs import RealLungs
from models.simulation.thorax.real_nodules import REAL_PLACES
from models.simulation.thorax.real_scan import RealScan
from models.simulation.thorax.truth import Kind, Place
from tests.models.nodules.made_lungs import CENTRES_MM, LUNG_HU, make_scan

NOISE_HU = 15.0
VESSELS = [((x, y, z), 6.0, 40.0) for x in (-45.0, 45.0) for y in (-20.0, 0.0, 20.0) for z in (-25.0, 0.0, 25.0)]


@cache
def noisy_scan() -> Volume:
    volume = make_scan(VESSELS)
    noise = np.random.default_rng(0).normal(0, NOISE_HU, volume.voxels.shape)
    return replace(volume, voxels=(volume.voxels + noise).astype(np.float32))


def ball(
    diameter: float, *, at: Sequence[float] = CENTRES_MM[0], kind: Kind = "solid", place: Place = "parenchymal"
) -> Nodule:
    shape = draw_shape("round", diameter, np.random.default_rng(0), None)
    return Nodule(np.array(at), replace(shape, stretch=np.ones(3)), kind, place, 50.0, None, -1)


@pytest.mark.parametrize("seed", range(3))
def test_nodules_lie_in_the_lung_and_nothing_else_changes(seed: int) -> None:
    before = noisy_scan()
    scan = RealScan(before, seed, num_nodules=6)
    changed = scan.volume.voxels[0] != before.voxels[0]
    assert {nodule.number for nodule in scan.truth.nodules} == set(np.unique(scan.labels).tolist()) - {0}
    lungs = RealLungs(before)
    depths = lungs.depth_mm(before.grid.positions_mm(np.argwhere(changed)))
    assert depths.min() > -max(before.spacing_mm)
    for nodule in scan.truth.nodules:
        place = lungs.depth_mm(np.array([nodule.centre_mm]))[0]
        assert place > (0 if nodule.place == "juxta_pleural" else nodule.diameter_mm / 3)


def test_the_truth_says_where_the_voxels_of_each_nodule_lie_and_how_large_it_is() -> None:
    scan = RealScan(noisy_scan(), 0, nodules=[ball(16.0), ball(9.0, at=(45.0, 3.0, 6.0))])
    for nodule, diameter in zip(scan.truth.nodules, (16.0, 9.0), strict=True):
        voxels = np.argwhere(scan.labels == nodule.number)
        assert scan.volume.grid.positions_mm(voxels).mean(0) == pytest.approx(nodule.centre_mm, abs=0.7)
        assert nodule.diameter_mm == pytest.approx(diameter, rel=0.02)
        assert len(voxels) * scan.volume.grid.voxel_mm3 == pytest.approx(nodule.volume_mm3, rel=0.1)


def test_voxels_at_the_edge_are_mixed_by_the_share_that_lies_within() -> None:
    """What a nodule adds is its contrast times its volume, whatever the voxels' size."""
    before = make_scan(spacing_mm=(3.0, 3.0, 3.0))
    scan = RealScan(before, 0, nodules=[ball(9.0)])
    added = (scan.volume.voxels - before.voxels).sum() * before.grid.voxel_mm3
    assert added == pytest.approx((50 - LUNG_HU) * scan.truth.nodules[0].volume_mm3, rel=0.02)
    assert ((scan.volume.voxels > LUNG_HU + 100) & (scan.volume.voxels < 0)).sum() > 8


def test_nodules_have_the_noise_of_the_scan() -> None:
    scan = RealScan(noisy_scan(), 0, nodules=[ball(24.0, at=(45.0, 0.0, 12.0))])
    inner = scan.volume.voxels[0][binary_erosion(scan.labels == 1, iterations=2)]
    assert scan.truth.noise_hu == pytest.approx(NOISE_HU, rel=0.2)
    assert np.median(inner) == pytest.approx(50, abs=5)
    assert np.diff(np.quantile(inner, (0.25, 0.75)))[0] / 1.35 == pytest.approx(NOISE_HU, rel=0.25)


def test_one_seed_gives_one_scan_and_another_another() -> None:
    first, again, other = (RealScan(noisy_scan(), seed, num_nodules=3) for seed in (4, 4, 5))
    assert np.array_equal(first.volume.voxels, again.volume.voxels)
    assert first.truth == again.truth
    assert first.truth.nodules != other.truth.nodules


def test_all_kinds_and_places_that_a_real_scan_can_show_are_drawn() -> None:
    nodules = [nodule for seed in range(12) for nodule in RealScan(noisy_scan(), seed, num_nodules=6).truth.nodules]
    assert {nodule.kind for nodule in nodules} == {"solid", "part_solid", "ground_glass", "calcified"}
    assert {nodule.place for nodule in nodules} == set(REAL_PLACES)


def test_nodules_at_the_pleura_touch_the_wall_and_those_at_vessels_touch_one() -> None:
    seen = set()
    lungs = lungs_of(noisy_scan())
    assert lungs.are_there
    for seed in range(8):
        scan = RealScan(noisy_scan(), seed, num_nodules=5)
        tissue = noisy_scan().voxels[0] > -300
        near = np.pad(tissue, 1, mode="edge")
        touching = np.max(
            [
                near[a : a + tissue.shape[0], b : b + tissue.shape[1], c : c + tissue.shape[2]]
                for a, b, c in np.ndindex(3, 3, 3)
            ],
            axis=0,
        )
        for nodule in scan.truth.nodules:
            if nodule.place != "parenchymal":
                seen.add(nodule.place)
                assert touching[scan.labels == nodule.number].any(), nodule
    assert seen == {"juxta_pleural", "juxta_vascular"}


@pytest.mark.parametrize("orientation", ["SAR", "LIA"])
def test_any_orientation_gets_nodules_where_the_patient_has_them(orientation: str) -> None:
    voxels, grid = reorient(make_scan().voxels, make_scan().grid, orientation)
    turned = replace(make_scan(), voxels=np.ascontiguousarray(voxels), grid=grid)
    scan = RealScan(turned, 0, nodules=[ball(12.0, at=(45.0, 10.0, -8.0))])
    bright = np.argwhere(scan.volume.voxels[0] != turned.voxels[0])
    assert grid.positions_mm(bright).mean(0) == pytest.approx([45, 10, -8], abs=0.5)
    assert scan.volume.grid is grid


def test_a_scan_without_a_lung_and_a_nodule_outside_of_it_are_refused() -> None:
    with pytest.raises(ValueError, match=r"made: required a CT in HU that shows some lung.*found no lung"):
        RealScan(make_scan(lungs_hu=40.0), 0)
    with pytest.raises(ValueError, match=r"must lie in the lung, that at \(0\.0, 60\.0, 0\.0\) mm, LPS"):
        _ = RealScan(make_scan(), 0, nodules=[ball(6.0, at=(0, 60, 0))]).truth
    with pytest.raises(ValueError, match="num_nodules must lie in 0 to 30, got 31"):
        RealScan(make_scan(), 0, num_nodules=31)
