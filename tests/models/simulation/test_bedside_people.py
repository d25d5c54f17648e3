"""The whereabouts of people in a scene agree with what else the simulator knows, and change no picture."""

import numpy as np
import pytest

from models.mobility import ACTIVITIES as MODEL_ACTIVITIES
from models.mobility import PLACES as MODEL_PLACES
from models.simulation.bedside import BedsideScene
from models.simulation.bedside_people import PLACES, DenseTruth, WatchedBedside
from models.simulation.truth import ACTIVITIES

RATE_HZ = 2.5
OPTIONS = {"duration_seconds": 60.0, "width": 160, "height": 120, "frame_rate_hz": 5.0}


@pytest.fixture(scope="module", params=[1003, 1001, 9004])
def scene(request: pytest.FixtureRequest) -> WatchedBedside:
    return WatchedBedside(request.param, **OPTIONS)


@pytest.fixture(scope="module")
def dense(scene: WatchedBedside) -> DenseTruth:
    return scene.dense_truth(rate_hz=RATE_HZ)


def test_an_activity_goes_on_exactly_while_its_event_does(scene: WatchedBedside, dense: DenseTruth) -> None:
    for step in range(150):
        label = scene.truth.label_at(step / RATE_HZ)
        assert [name for name, goes_on in zip(ACTIVITIES, dense.activities[step], strict=True) if goes_on] == (
            [] if label == "none" else [label]
        )


def test_people_are_counted_while_an_activity_goes_on_and_only_then(scene: WatchedBedside, dense: DenseTruth) -> None:
    np.testing.assert_array_equal(dense.people >= 0, dense.activities.any(axis=1))
    for event in scene.truth.events:
        middle = round((event.start_seconds + event.end_seconds) / 2 * RATE_HZ)
        assert dense.people[middle] == event.people


def test_as_many_hold_the_patient_as_take_part(dense: DenseTruth) -> None:
    goes_on = dense.people >= 0
    np.testing.assert_array_equal(dense.is_helping[goes_on].sum(axis=1), dense.people[goes_on])
    just_ended = ~goes_on & np.roll(goes_on, 1)  # the hands let go a moment after the activity ends
    assert not dense.is_helping[~goes_on & ~just_ended].any()
    assert not dense.is_helping[:, 0].any()


def test_the_patient_is_alone_when_here_and_no_staff_is_seen(dense: DenseTruth) -> None:
    is_here = dense.places != PLACES.index("away")
    np.testing.assert_array_equal(dense.is_patient_alone, is_here & ~dense.is_staff_present)
    np.testing.assert_array_equal(dense.is_staff_present, np.isfinite(dense.chests[:, 1:, 0]).any(axis=1))


def test_chests_that_are_seen_lie_in_the_picture(dense: DenseTruth) -> None:
    seen = dense.chests[np.isfinite(dense.chests)]
    assert len(seen)
    assert (seen >= 0).all()
    assert (seen <= 1).all()


def test_to_watch_people_changes_no_picture(scene: WatchedBedside) -> None:
    plain = BedsideScene(scene.truth.seed, **OPTIONS)
    np.testing.assert_array_equal(plain.frame(40), scene.frame(40))


def test_the_model_names_activities_and_places_as_the_simulator_does() -> None:
    assert (MODEL_ACTIVITIES, MODEL_PLACES) == (ACTIVITIES, PLACES)


@pytest.mark.parametrize(("duration_seconds", "num_steps"), [(30, 75), (30.2, 76), (31.0, 78), (45, 113)])
def test_every_step_that_begins_within_the_scene_has_its_truth(duration_seconds: float, num_steps: int) -> None:
    scene = WatchedBedside(seed=3, duration_seconds=duration_seconds, width=96, height=72)
    assert len(scene.dense_truth(rate_hz=2.5).places) == num_steps
