"""Other views of patches of volumes."""

import numpy as np
import pytest

from models.training.volumes.bending import BendConfig, draw_view

SIZE = (12, 20, 24)
STILL = BendConfig(bend_voxels=0, turn_degrees=(0, 0, 0), scales=(1, 1), mirror=(False, False, False))


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("config", [None, STILL])
def test_without_change_a_patch_is_cut_out_as_it_is(config: BendConfig | None) -> None:
    volume = _rng().normal(size=(1, 30, 40, 50)).astype(np.float32)
    view = draw_view(_rng(), config, centre=(10.5, 14.5, 20.5), size=SIZE)
    assert np.allclose(view.values(volume)[0], volume[0, 5:17, 5:25, 9:33], atol=1e-5)


def test_marks_stay_marks_and_move_with_the_values() -> None:
    labels = np.zeros((30, 40, 50), np.float32)
    labels[10:20, 12:28, 15:35] = 3
    view = draw_view(_rng(5), BendConfig(), centre=(15, 20, 25), size=SIZE)
    marks, values = view.marks(labels), view.values(labels[None])[0]
    assert set(np.unique(marks)) == {0, 3}
    assert np.abs(marks - values).mean() < 0.2
    assert ((values > 2.9) <= (marks == 3)).all()


def test_displacements_bend_smoothly_by_about_the_deviation_asked_for() -> None:
    config = STILL.model_copy(update={"bend_voxels": 4.0, "grid_voxels": 8.0})
    still = draw_view(_rng(), None, centre=(0, 0, 0), size=(40, 40, 40)).places
    bent = draw_view(_rng(), config, centre=(0, 0, 0), size=(40, 40, 40)).places - still
    assert 1.0 < bent.std() < 4.0  # B-splines average the vectors about them
    assert np.abs(np.diff(bent, n=2, axis=1)).max() < 0.5


def test_what_is_turned_keeps_its_form_on_voxels_that_are_no_cubes() -> None:
    config = STILL.model_copy(update={"turn_degrees": (0.0, 90.0, 0.0)})
    spacing = np.array([4.0, 1.0, 2.0])
    view = draw_view(_rng(3), config, centre=(0, 0, 0), size=SIZE, spacing=spacing)
    still = draw_view(_rng(3), None, centre=(0, 0, 0), size=SIZE)
    lengths = [np.linalg.norm(one.places * spacing.reshape(3, 1, 1, 1), axis=0) for one in (view, still)]
    assert np.allclose(lengths[0], lengths[1], atol=1e-3)
    assert not np.allclose(view.places, still.places, atol=0.5)


def test_beyond_the_volume_no_mark_lies() -> None:
    view = draw_view(_rng(), None, centre=(0, 0, 0), size=SIZE)
    seen = view.marks(np.ones((5, 5, 5), np.float32))
    assert 0 < seen.sum() <= 125
    assert (view.places[:, seen > 0] > -0.51).all()
