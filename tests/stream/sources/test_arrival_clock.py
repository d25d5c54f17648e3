import random

import pytest

from stream.sources.arrival_clock import ArrivalClock


class Time:
    now = 1000.0
    wall_ahead = 1_700_000_000.0


def clock_of(time: Time) -> ArrivalClock:
    return ArrivalClock(clock=lambda: time.now, wall_clock=lambda: time.now + time.wall_ahead)


def test_jitter_of_arrival_does_not_shake_the_times() -> None:
    time, chance = Time(), random.Random(3)
    clock = clock_of(time)
    errors = []
    for index in range(2000):
        pts_seconds = index / 25
        time.now = max(time.now, 1000.0 + pts_seconds + chance.choice([0.0, 0.005, 0.02, 0.2]))
        clock.note_arrival(pts_seconds)
        errors.append(clock.captured_at(pts_seconds) - time.wall_ahead - 1000.0 - pts_seconds)
    assert max(abs(error) for error in errors[100:]) < 0.03


def test_captured_at_never_falls_and_never_lies_in_the_future() -> None:
    time, chance = Time(), random.Random(4)
    clock = clock_of(time)
    last = 0.0
    for index in range(3000):
        time.now += chance.choice([0.001, 0.04, 0.08])
        pts_seconds = index / 25 + chance.uniform(-0.2, 0.2)
        clock.note_arrival(pts_seconds)
        captured = clock.captured_at(pts_seconds if index % 7 else None)
        assert last <= captured + 1e-6
        assert captured <= time.now + time.wall_ahead + 1e-6
        last = captured


def test_drift_of_the_cameras_clock_is_followed() -> None:
    time = Time()
    clock = clock_of(time)
    for index in range(25 * 600):
        time.now = 1000.0 + index / 25 * 1.0005  # the camera's clock loses 0.3 s in ten minutes
        clock.note_arrival(index / 25)
    behind_seconds = time.now + time.wall_ahead - clock.captured_at(index / 25)
    assert behind_seconds == pytest.approx(0.0, abs=0.04)


def test_step_of_the_wall_clock_moves_the_times_with_it() -> None:
    time = Time()
    clock = clock_of(time)
    for index in range(50):
        time.now = 1000.0 + index / 25
        time.wall_ahead = 1_700_000_000.0 - (3600 if index >= 25 else 0)
        clock.note_arrival(index / 25)
        captured = clock.captured_at(index / 25)
    assert captured == pytest.approx(time.now + time.wall_ahead, abs=1e-3)
