"""Examples from one lung of a real scan, with nodules set in."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from models.imaging.orientation import reorient
from models.nodules.lung_mask import lungs_of
from models.training.nodules.config import RealConfig
from models.training.nodules.examples import NODULE, OTHER
from models.training.nodules.real import BodySide, real_examples, side_of, varied_scan
from tests.models.nodules.made_lungs import make_scan

BALL = ((45.0, 0.0, 0.0), 10.0, 40.0)
"""In the left lung."""


@pytest.mark.parametrize("orientation", ["SPL", "SAR", "LIA"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_one_side_of_a_patient_holds_one_lung_in_its_place(orientation: str, side: BodySide) -> None:
    volume = make_scan([BALL])
    voxels, grid = reorient(volume.voxels, volume.grid, orientation)
    half = side_of(replace(volume, voxels=np.ascontiguousarray(voxels), grid=grid), side)
    places = half.grid.positions_mm(np.argwhere(half.voxels[0] < -500))
    lung = places[np.abs(places[:, 1]) < 40]
    assert (np.sign(lung[:, 0]) == (1 if side == "left" else -1)).mean() > 0.98
    bright = half.grid.positions_mm(np.argwhere(half.voxels[0] == 40))
    in_the_lung = bright[np.linalg.norm(bright - BALL[0], axis=1) < 8]
    assert len(in_the_lung) > 0 if side == "left" else len(in_the_lung) == 0
    assert lungs_of(half).are_there


def test_copies_differ_by_seed_in_size_side_and_noise_and_the_scan_stays_as_it_is() -> None:
    volume = make_scan([BALL])
    before = volume.voxels.copy()
    copies = [varied_scan(volume, seed) for seed in range(8)]
    assert np.array_equal(volume.voxels, before)
    assert np.array_equal(copies[3].voxels, varied_scan(volume, 3).voxels)
    scales = [copy.spacing_mm[0] / volume.spacing_mm[0] for copy in copies]
    assert 0.85 <= min(scales) < 0.98 < 1.02 < max(scales) <= 1.2
    brightest = {bool(copy.voxels[0, ..., : copy.shape[3] // 2].mean() > copy.voxels[0].mean()) for copy in copies}
    assert brightest == {True, False}


def test_examples_know_every_nodule_that_was_set_in_and_the_rest_of_the_lung_is_none() -> None:
    examples = real_examples(side_of(make_scan([BALL]), "right"), 2, num_nodules=3)
    assert len(examples.nodules) == len(examples.kinds) == 3
    assert (examples.nodules[:, 0] < 0).all()
    assert (examples.targets[examples.num_proposed :] == NODULE).all()
    plain = real_examples(side_of(make_scan([BALL]), "left"), 2, num_nodules=0)
    assert set(plain.targets.tolist()) == {OTHER}


def test_what_is_measured_on_shares_no_seed_with_what_is_learned_from() -> None:
    rows = {"train": {"first": 5, "count": 4}, "test": {"first": 8, "count": 2}}
    with pytest.raises(ValidationError, match="train and test must not share a seed"):
        RealConfig.model_validate({"scans": ["scan.nii.gz"], **rows})
