"""Batches of patches of labelled volumes."""

import numpy as np
import pytest

from models.training.volumes.bending import BendConfig
from models.training.volumes.patches import PatchBatches, TaughtVolume
from models.training.volumes.shading import ShadeConfig, draw_shades

SIZE = (8, 12, 12)


def _volume(size: tuple[int, int, int] = (20, 24, 28), num_channels: int = 2) -> TaughtVolume:
    rng = np.random.default_rng(0)
    targets = (rng.random(size) > 0.5).astype(np.float32)
    weights = np.zeros(size, np.float32)
    weights[5] = 1
    return TaughtVolume("made", rng.normal(size=(num_channels, *size)).astype(np.float32), targets, weights)


def test_a_batch_follows_from_seed_and_step_alone() -> None:
    batches = PatchBatches([_volume()], SIZE, 2, 3, bend=BendConfig(), shades=ShadeConfig())
    one, again, other = (batches.make(step) for step in (4, 4, 5))
    assert np.array_equal(one.inputs, again.inputs)
    assert np.array_equal(one.targets, again.targets)
    assert not np.array_equal(one.inputs, other.inputs)
    assert one.inputs.shape == (2, 2, *SIZE)
    assert one.targets.shape == (2, 2, *SIZE)
    assert one.inputs.dtype == one.targets.dtype == np.float32


def test_every_patch_holds_something_that_is_labelled() -> None:
    batches = PatchBatches([_volume()], SIZE, 2, 0)
    assert all(batches.make(step).targets[:, 1].any((1, 2, 3)).all() for step in range(30))


def test_targets_of_valid_convolutions_are_the_middle_of_the_patch() -> None:
    whole, middle = (
        PatchBatches([_volume()], SIZE, 1, 0, margins=margins).make(0).targets for margins in ((0, 0, 0), (2, 3, 4))
    )
    assert np.array_equal(whole[:, :, 2:-2, 3:-3, 4:-4], middle)


def test_a_volume_smaller_than_a_patch_lies_in_its_middle() -> None:
    batch = PatchBatches([_volume((6, 10, 12))], SIZE, 1, 0).make(0)
    assert batch.targets[0, 1, 0].sum() == 0
    assert batch.targets[0, 1].sum() == 10 * 12


def test_a_volume_without_a_label_is_refused_by_name() -> None:
    unlabelled = _volume()
    unlabelled.weights[:] = 0
    with pytest.raises(ValueError, match="made: at least one voxel must be labelled"):
        PatchBatches([unlabelled], SIZE, 1, 0)


@pytest.mark.parametrize("gamma", [0.0, 0.3])
def test_channels_are_shaded_each_by_itself(gamma: float) -> None:
    voxels = np.tile(np.linspace(-1, 1, 1000, dtype=np.float32).reshape(1, 10, 10, 10), (2, 1, 1, 1))
    config = ShadeConfig(gamma=gamma, noise=0, blur_voxels=0)
    shaded = draw_shades(np.random.default_rng(0), config, voxels)
    assert shaded.dtype == np.float32
    assert not np.allclose(shaded[0], shaded[1])
    assert (np.diff(shaded.reshape(2, -1)) > 0).all()  # what is brighter stays brighter
