"""Laws of changing clips."""

import numpy as np
import pytest

from models.training.augmentation import augment_clip, draw_warp


def clip(num_frames: int = 6) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (num_frames, 24, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_one_seed_gives_one_result_of_the_same_shape(seed: int) -> None:
    first, second = (augment_clip(clip(), np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(first, second)
    assert (first.shape, first.dtype) == (clip().shape, np.uint8)


@pytest.mark.parametrize("seed", range(30))
def test_all_frames_of_a_clip_are_changed_alike(seed: int) -> None:
    still = np.repeat(clip(1), 5, axis=0)
    changed = augment_clip(still, np.random.default_rng(seed)).astype(int)
    assert np.abs(changed - changed[0]).mean() < 12  # only the noise differs from frame to frame


def test_the_clip_that_goes_in_is_left_as_it_was() -> None:
    before = clip()
    after = before.copy()
    for seed in range(20):
        augment_clip(after, np.random.default_rng(seed))
    assert np.array_equal(before, after)


def test_seeds_give_different_results() -> None:
    results = [augment_clip(clip(), np.random.default_rng(seed)) for seed in range(4)]
    assert not any(np.array_equal(results[0], result) for result in results[1:])


@pytest.mark.parametrize("seed", range(10))
def test_another_view_is_as_near_and_as_far_aside_as_it_was_told_to_be(seed: int) -> None:
    height, width = 60, 80
    warp = draw_warp((height, width), np.random.default_rng(seed), zooms=(1.5, 1.6), shift=0.25)
    centre = np.array(((width - 1) / 2, (height - 1) / 2))
    moved = warp @ (*centre, 1.0) - centre
    assert 1.5 <= np.sqrt(abs(np.linalg.det(warp[:, :2]))) <= 1.6
    assert (np.abs(moved) <= (0.25 * width, 0.25 * height)).all()
