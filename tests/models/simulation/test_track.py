"""Laws of movement over time."""

import numpy as np
import pytest

from models.simulation.body import Body, Clothing, Pose, blend
from models.simulation.eased import EasedValue
from models.simulation.track import Track

HERE = Pose(0.0, 0.0, 0.9, 0.0)
BODY = Body(1.75, 1.0, Clothing(1, 2, 3, 3, 4, 4, 5, 1))


def still_track() -> Track:
    return Track(HERE, sway=0.0, phase=0.0)


def test_a_track_goes_through_its_poses_at_their_times() -> None:
    track = still_track()
    sitting = HERE._replace(z=0.5, trunk=20.0)
    track.hold(1.0)
    track.move(sitting, 2.0)
    assert track.now == 3.0
    assert track.pose_at(0.5) == HERE
    assert track.pose_at(2.0).z == pytest.approx(0.7)
    assert track.pose_at(3.0) == pytest.approx(sitting)
    assert track.pose_at(99.0) == pytest.approx(sitting)


def test_nobody_jumps_while_walking() -> None:
    track = Track(HERE, sway=1.0, phase=0.3)
    track.walk([np.array((2.0, 0.0)), np.array((2.0, 3.0))], 1.2, 1.75)
    times = np.arange(0, track.now + 1, 0.05)
    places = np.array([track.pose_at(seconds)[:3] for seconds in times])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() < 0.05 * 1.2 + 0.03
    assert places[-1][:2] == pytest.approx((2.0, 3.0))


@pytest.mark.parametrize(("first", "second", "middle"), [(0, 90, 45), (350, 10, 360), (10, 350, 0), (-170, 170, -180)])
def test_a_turn_goes_the_shorter_way(first: float, second: float, middle: float) -> None:
    assert blend(HERE._replace(yaw=first), HERE._replace(yaw=second), 0.5).yaw == pytest.approx(middle)


def test_limbs_keep_their_lengths_in_every_pose() -> None:
    rng = np.random.default_rng(0)
    lengths = []
    for _ in range(20):
        pose = HERE._replace(trunk=rng.uniform(-90, 60), thigh_left=rng.uniform(0, 120), arm_left=rng.uniform(-30, 150))
        lengths.append([np.linalg.norm(bar.end - bar.start) for bar in BODY.limbs(pose)])
    assert np.ptp(np.array(lengths), axis=0).max() < 1e-9


def test_a_standing_person_has_feet_on_the_floor_and_the_head_at_their_height() -> None:
    bars = BODY.limbs(HERE._replace(z=BODY.standing_pelvis))
    heights = [end[2] for bar in bars for end in (bar.start, bar.end)]
    assert min(heights) == pytest.approx(0.0, abs=0.08)
    assert max(heights) == pytest.approx(1.75, abs=0.15)


def test_hands_reach_what_is_near() -> None:
    target = BODY.chest(HERE) + np.array((0.35, 0.0, 0.0))
    hands = [bar.start for bar in BODY.limbs(HERE._replace(reach=1.0), target) if bar.material == 1]
    assert min(np.linalg.norm(hand - target) for hand in hands) < 0.12


def test_an_eased_value_rests_between_its_changes() -> None:
    angle = EasedValue(10.0)
    angle.change(2.0, 4.0, 30.0)
    angle.change(6.0, 7.0, 0.0)
    assert [angle.value_at(seconds) for seconds in (0, 2, 3, 4, 5, 7, 9)] == pytest.approx([10, 10, 20, 30, 30, 0, 0])
    assert angle.value == 0.0
