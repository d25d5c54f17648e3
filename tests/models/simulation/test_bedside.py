"""Laws of the simulated bedside scene."""

import json
import time
from itertools import pairwise

import numpy as np
import pytest

from models.simulation.bedside import BedsideScene
from models.simulation.truth import ACTIVITIES

SEEDS = (0, 1, 2, 3, 4, 5, 6, 7)
ORIGINS = {
    "into_bed": ("standing", "in_bed"),
    "out_of_bed": ("in_bed", "standing"),
    "into_chair": ("standing", "chair"),
    "out_of_chair": ("chair", "standing"),
}


def small_scene(seed: int, **options: object) -> BedsideScene:
    return BedsideScene(seed, **{"height": 96, "width": 128, "frame_rate_hz": 5.0, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("look", ["rgb", "depth"])
def test_one_seed_gives_the_same_frames_bit_for_bit(look: str) -> None:
    first, second = small_scene(5, look=look), small_scene(5, look=look)
    assert first.truth == second.truth
    for index in (0, 77, 300):
        assert np.array_equal(first.frame(index), second.frame(index))


def test_a_frame_does_not_depend_on_the_frames_asked_for_before() -> None:
    scene, other = small_scene(6), small_scene(6)
    other.frame(200)
    other.frame(3)
    assert np.array_equal(scene.frame(60), other.frame(60))


def test_size_and_rate_change_neither_the_room_nor_what_happens() -> None:
    assert small_scene(9).truth.events == BedsideScene(9, width=320, height=240).truth.events


def test_another_seed_gives_another_scene() -> None:
    assert not np.array_equal(small_scene(1, look="rgb").frame(0), small_scene(2, look="rgb").frame(0))


@pytest.mark.parametrize("seed", SEEDS)
def test_frames_are_uint8_rgb_of_the_size_asked_for(seed: int) -> None:
    scene = small_scene(seed)
    frame = scene.frame(0)
    assert (frame.shape, frame.dtype) == ((96, 128, 3), np.uint8)
    assert frame.std() > 5
    assert scene.num_frames == 600


@pytest.mark.parametrize("seed", range(25))
def test_every_event_begins_where_the_patient_is_and_ends_where_it_leads(seed: int) -> None:
    truth = small_scene(seed).truth
    places = {stay.end_seconds: stay.place for stay in truth.presence}
    starts = {stay.start_seconds: stay.place for stay in truth.presence}
    for event in truth.events:
        origin, goal = ORIGINS[event.label]
        border = event.start_seconds if origin == "standing" else event.end_seconds
        assert (places[border], starts[border]) == (origin, goal)


@pytest.mark.parametrize("seed", range(25))
def test_events_follow_each_other_within_the_scene(seed: int) -> None:
    truth = small_scene(seed).truth
    assert len(truth.events) >= 4
    assert truth.presence[0].start_seconds == 0
    assert truth.presence[-1].end_seconds == truth.duration_seconds
    for earlier, later in pairwise(truth.events):
        assert earlier.end_seconds <= later.start_seconds
    for event in truth.events:
        assert event.label in ACTIVITIES
        assert 2 <= event.end_seconds - event.start_seconds <= 12
        assert event.start_seconds >= 0
        assert event.end_seconds <= truth.duration_seconds - 1.9
        assert 0 <= event.people <= truth.num_staff


@pytest.mark.parametrize("seed", range(25))
def test_stays_leave_no_gap(seed: int) -> None:
    presence = small_scene(seed).truth.presence
    for earlier, later in pairwise(presence):
        assert earlier.end_seconds == later.start_seconds
        assert earlier.place != later.place


def test_all_labels_and_all_counts_of_helpers_occur() -> None:
    events = [event for seed in range(25) for event in small_scene(seed).truth.events]
    assert {event.label for event in events} == set(ACTIVITIES)
    assert {event.people for event in events} == {0, 1, 2, 3}


def test_truth_goes_to_json_as_the_design_names_it() -> None:
    record = json.loads(json.dumps(small_scene(3).truth.to_json()))
    assert set(record["events"][0]) == {"label", "start_seconds", "end_seconds", "people"}


def test_something_moves_during_every_event() -> None:
    scene = small_scene(4, look="rgb")
    for event in scene.truth.events:
        first, last = (scene.frame(round(seconds * 5)) for seconds in (event.start_seconds, event.end_seconds))
        moved = np.abs(first.astype(int) - last.astype(int)).max(axis=-1) > 40
        assert moved.mean() > 0.002


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more, got -1"),
        ({"duration_seconds": 3.0}, "duration_seconds must lie in 30"),
        ({"width": 321}, "must be even"),
        ({"frame_rate_hz": 0.0}, "frame_rate_hz must lie in 1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BedsideScene(**{"seed": 1, **options})  # type: ignore[arg-type]


def test_frames_come_faster_than_real_time() -> None:
    scene = BedsideScene(11, look="rgb")
    started = time.process_time()
    for index in range(0, 1500, 25):
        scene.frame(index)
    frames_per_second = 60 / (time.process_time() - started)
    assert frames_per_second > 2 * 15  # about 8 times real time on an idle core; this holds on a crowded one
