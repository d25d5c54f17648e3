"""Laws of the simulated scenes at home."""

from functools import lru_cache

import numpy as np
import pytest

from models.simulation.home.scene import HomeScene

SEEDS = range(8)


@lru_cache(maxsize=16)
def scene_of(seed: int) -> HomeScene:
    return HomeScene(seed, duration_seconds=20, width=96, height=72, frame_rate_hz=5)


def chest_height(scene: HomeScene, seconds: float) -> float:
    resident = scene._resident
    return float(resident.body.chest(resident.track.pose_at(seconds))[2])


def test_one_seed_gives_the_same_frames_bit_for_bit() -> None:
    first, second = (HomeScene(3, duration_seconds=20, width=96, height=72, frame_rate_hz=5) for _ in range(2))
    assert first.truth == second.truth
    assert np.array_equal(first.frame(40), second.frame(40))


def test_a_frame_does_not_depend_on_the_frames_asked_for_before() -> None:
    scene = scene_of(4)
    before = scene.frame(30)
    scene.frame(3)
    assert np.array_equal(scene.frame(30), before)


@pytest.mark.parametrize("seed", SEEDS)
def test_activities_lie_within_the_scene_and_follow_each_other(seed: int) -> None:
    truth = scene_of(seed).truth
    assert all(0 <= one.start_seconds < one.end_seconds <= truth.duration_seconds for one in truth.activities)
    starts = [one.start_seconds for one in truth.activities]
    assert starts == sorted(starts)
    assert {one.label for one in truth.activities} <= {"fall", "walking", "standing", "sitting", "other"}


def test_some_scenes_show_a_fall_and_some_do_not() -> None:
    numbers = [len(scene_of(seed).truth.events) for seed in SEEDS]
    assert set(numbers) == {0, 1}


@pytest.mark.parametrize("seed", SEEDS)
def test_who_falls_is_low_afterwards_and_stays_so_for_a_while(seed: int) -> None:
    scene = scene_of(seed)
    for fall in scene.truth.events:
        assert 0.3 < fall.end_seconds - fall.start_seconds < 4.5
        lying = [chest_height(scene, fall.end_seconds + wait) for wait in (0.0, 1.0, 1.8)]
        assert max(lying) < chest_height(scene, fall.start_seconds) - 0.2


def test_the_look_is_the_one_asked_for() -> None:
    assert HomeScene(5, duration_seconds=20, width=96, height=72, look="depth").truth.look == "depth"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"seed": -1}, "seed must be 0 or more"),
        ({"seed": 1, "duration_seconds": 0}, "duration_seconds must lie in 10"),
        ({"seed": 1, "width": 95}, "width and height must be even"),
    ],
)
def test_what_cannot_be_shown_is_refused(options: dict[str, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        HomeScene(**options)  # type: ignore[arg-type]
