"""Laws of the simulated CT of a chest."""

from functools import cache

import numpy as np
import pytest

from models.simulation.thorax.chest import SIDES, Chest
from models.simulation.thorax.scan import ThoraxScan
from models.simulation.thorax.truth import KINDS, PLACES, NoduleTruth


@cache
def scan_of(seed: int) -> ThoraxScan:
    return ThoraxScan(seed, size=160, num_slices=48, slice_mm=4.0, num_nodules=10)


SEEDS = range(4)


@cache
def every_nodule() -> list[tuple[ThoraxScan, NoduleTruth]]:
    return [(scan_of(seed), nodule) for seed in SEEDS for nodule in scan_of(seed).truth.nodules]


def test_one_seed_gives_the_same_scan_bit_for_bit() -> None:
    first, second, other = (ThoraxScan(seed, size=64, num_slices=16) for seed in (5, 5, 6))
    assert np.array_equal(first.volume.voxels, second.volume.voxels)
    assert first.truth.to_json() == second.truth.to_json()
    assert not np.array_equal(first.volume.voxels, other.volume.voxels)


def test_all_nodules_that_were_asked_for_are_there() -> None:
    assert len(every_nodule()) >= 0.95 * 10 * len(SEEDS)
    assert scan_of(0).truth.to_json()["scene"] == "ct"


def test_label_map_has_each_nodule_where_the_truth_says_and_as_large() -> None:
    for scan, nodule in every_nodule():
        voxels = np.argwhere(scan.labels == nodule.number)
        centre = scan.grid.positions_mm(voxels).mean(0)
        assert np.linalg.norm(centre - nodule.centre_mm) < 0.5 * np.linalg.norm(scan.grid.spacing_mm)
        if nodule.diameter_mm > 9:  # of fewer voxels the volume is no measure
            assert len(voxels) * scan.grid.voxel_mm3 == pytest.approx(nodule.volume_mm3, rel=0.25)


def test_diameter_is_that_of_a_ball_of_the_same_volume() -> None:
    for _, nodule in every_nodule():
        assert np.pi / 6 * nodule.diameter_mm**3 == pytest.approx(nodule.volume_mm3, rel=1e-2)


def test_nodules_stand_out_from_the_lung_as_their_kind_does() -> None:
    means = {kind: [] for kind in KINDS}
    for scan, nodule in every_nodule():
        if nodule.diameter_mm > 7:
            means[nodule.kind].append(float(scan.volume.voxels[0][scan.labels == nodule.number].mean()))
    assert all(-760 < value < -300 for value in means["ground_glass"])
    assert all(value > -450 for value in means["solid"])
    assert np.mean(means["calcified"]) > np.mean(means["solid"]) + 50


def test_nodules_lie_in_the_lungs_and_perifissural_ones_on_a_fissure() -> None:
    for scan, nodule in every_nodule():
        place = np.array(nodule.centre_mm) - scan._lattice.table_mm
        assert scan._chest.lungs(*place) < 0
        fissure = min(float(scan._chest.fissure(side, *place)) for side in SIDES if side * place[0] > 0)
        if nodule.place == "perifissural":
            assert fissure < nodule.diameter_mm / 2
        elif nodule.place == "near_fissure":
            assert fissure > 0.3 * nodule.diameter_mm


def test_every_place_and_kind_comes_up() -> None:
    assert {nodule.place for _, nodule in every_nodule()} == set(PLACES)
    assert {nodule.kind for _, nodule in every_nodule()} == set(KINDS)


def test_lungs_are_air_the_wall_is_not_and_the_air_outside_is_darkest() -> None:
    scan = scan_of(1)
    z, y, x = (scan._lattice.axis(axis) for axis in range(3))
    lungs = scan._chest.lungs(x[None, None], y[None, :, None], z[:, None, None])
    body = scan._chest.body(x[None, None], y[None, :, None], z[:, None, None])
    voxels = scan.volume.voxels[0]
    assert -900 < np.median(voxels[lungs < -8]) < -700
    assert voxels[(lungs > 6) & (body < -8)].mean() > -150
    assert np.median(voxels[body > 8]) < -980


def test_a_lobe_lies_on_its_side_of_each_fissure() -> None:
    chest = Chest(np.random.default_rng(3))
    places = np.random.default_rng(4).uniform(-60, 60, (3, 500))
    for side in SIDES:
        lobes = chest.lobe(side, *places)
        assert np.array_equal(lobes == 0, chest.oblique(side, *places) < 0)
        assert (2 in lobes) == (side < 0)


@pytest.mark.parametrize(
    ("option", "value", "range_told"),
    [
        ("size", 32, "64 to 1024"),
        ("num_slices", 8, "16 to 1000"),
        ("num_nodules", 99, "0 to 30"),
        ("slice_mm", 20, "10"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(option: str, value: int, range_told: str) -> None:
    with pytest.raises(ValueError, match=f"{option} must lie in .*{range_told}.*{value}"):
        ThoraxScan(0, **{option: value})  # type: ignore[arg-type]
