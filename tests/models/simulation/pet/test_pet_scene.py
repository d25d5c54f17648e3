"""Simulated PET of brains: repeatable, and true to what its truth says."""

import numpy as np
import pytest

from models.imaging.orientation import reorient
from models.simulation.pet.scene import PetScene

SEEDS_WITH_LESIONS = (0, 2, 4)


def test_a_seed_makes_the_same_scan_again() -> None:
    one, again, other = (PetScene(seed, grid="small") for seed in (7, 7, 8))
    assert np.array_equal(one.volume.voxels, again.volume.voxels)
    assert np.array_equal(one.labels, again.labels)
    assert one.truth == again.truth
    assert not np.array_equal(one.volume.voxels, other.volume.voxels)


@pytest.mark.parametrize("seed", SEEDS_WITH_LESIONS)
def test_lesions_take_up_more_than_what_lies_around_them(seed: int) -> None:
    scene = PetScene(seed, grid="small")
    uptake, labels = scene.volume.voxels[0], scene.labels
    assert len(scene.truth.lesions) == labels.max() > 0
    for lesion in scene.truth.lesions:
        assert uptake[labels == lesion.number].mean() > 1.15 * scene.truth.brain_suv


@pytest.mark.parametrize("seed", SEEDS_WITH_LESIONS)
def test_truth_places_lesions_where_their_labels_lie_on_either_grid(seed: int) -> None:
    small, large = PetScene(seed, grid="small"), PetScene(seed)
    assert large.grid.shape[1] > 90
    for one, other in zip(small.truth.lesions, large.truth.lesions, strict=True):
        assert np.linalg.norm(np.subtract(one.centre_mm, other.centre_mm)) < 2.5
        assert one.volume_mm3 == pytest.approx(other.volume_mm3, rel=0.25)


def test_grid_lies_in_the_patient_whatever_order_the_axes_are_stored_in() -> None:
    orientations = set()
    for seed in range(12):
        scene = PetScene(seed, grid="small", num_lesions=0)
        orientations.add(scene.grid.orientation)
        upright = reorient(scene.volume.voxels[0], scene.grid)[0]
        assert upright[-1].max() < 0.3 * scene.truth.brain_suv  # air above the head, not below the neck
        assert upright[2].max() > 0.5 * scene.truth.brain_suv
    assert len(orientations) > 2


def test_healthy_brains_have_no_lesion_but_blood_that_exceeds_the_brain() -> None:
    scene = PetScene(11, grid="small", num_lesions=0)
    assert not scene.truth.lesions
    assert not scene.labels.any()
    assert scene.truth.blood_suv > 1.2 * scene.truth.brain_suv


def test_as_many_lesions_are_drawn_as_are_asked_for() -> None:
    assert [len(PetScene(5, grid="small", num_lesions=count).truth.lesions) for count in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize(("arguments", "reason"), [((-1, 0), "0 or more"), ((1, 7), r"0\.\.6")])
def test_impossible_scenes_are_refused(arguments: tuple[int, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        PetScene(arguments[0], num_lesions=arguments[1])
