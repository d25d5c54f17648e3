"""Pauses double up to a bound, with jitter, and begin anew after a success."""

import random

from stream.ingest.backoff import BackOff


def test_pauses_double_up_to_the_longest() -> None:
    back_off = BackOff(0.5, 10.0, random=random.Random(1))
    pauses = [back_off.next_seconds() for _ in range(50)]
    for bound, pause in zip([0.5, 1, 2, 4, 8, *[10.0] * 45], pauses, strict=True):
        assert bound / 2 <= pause <= bound


def test_many_sources_do_not_try_at_the_same_time() -> None:
    pauses = set()
    for seed in range(64):
        back_off = BackOff(1.0, 10.0, random=random.Random(seed))
        pauses.add(round(back_off.next_seconds(), 3))
    assert len(pauses) > 50


def test_a_success_begins_with_the_shortest_pause_again() -> None:
    back_off = BackOff(1.0, 60.0, random=random.Random(1))
    for _ in range(10):
        back_off.next_seconds()
    back_off.reset()
    assert back_off.next_seconds() <= 1.0
