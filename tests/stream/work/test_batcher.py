import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.work.batcher import Batcher


@pytest.fixture
def batcher() -> Batcher[str]:
    return Batcher({"a": 2, "b": 4}, max_wait_seconds=0.1)


def test_full_batch_goes_at_once_and_in_order(batcher: Batcher[str]) -> None:
    for item in ("a1", "a2", "a3"):
        batcher.add("a", item, now=0.0)
    assert batcher.next_batch(0.0) == ["a1", "a2"]
    assert batcher.next_batch(0.0) == []


def test_partial_batch_goes_when_its_oldest_has_waited_enough(batcher: Batcher[str]) -> None:
    batcher.add("b", "b1", now=0.0)
    batcher.add("b", "b2", now=0.09)
    assert batcher.seconds_until_due(0.04) == pytest.approx(0.06)
    assert batcher.next_batch(0.0999) == []
    assert batcher.next_batch(0.1) == ["b1", "b2"]
    assert batcher.seconds_until_due(0.2) is None


def test_model_that_waited_longest_goes_first(batcher: Batcher[str]) -> None:
    batcher.add("b", "b1", now=0.0)
    batcher.add("a", "a1", now=0.01)
    batcher.add("a", "a2", now=0.01)
    assert batcher.next_batch(0.2) == ["b1"]
    assert batcher.next_batch(0.2) == ["a1", "a2"]


def test_stopping_takes_partial_batches_too(batcher: Batcher[str]) -> None:
    batcher.add("b", "b1", now=0.0)
    assert batcher.next_batch(0.0, at_once=True) == ["b1"]


def test_room_is_for_one_batch_to_run_and_one_to_prepare(batcher: Batcher[str]) -> None:
    assert batcher.room("a") == 4
    for item in range(3):
        batcher.add("a", str(item), now=0.0)
    assert batcher.room("a") == 1


def test_unwanted_items_are_forgotten(batcher: Batcher[str]) -> None:
    for item in ("a1", "a2"):
        batcher.add("a", item, now=0.0)
    batcher.keep_only(lambda item: item != "a1")
    assert list(batcher) == ["a2"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), max_size=60))
def test_every_item_goes_once_and_in_the_order_of_its_model(arrivals: list[tuple[str, float]]) -> None:
    batcher: Batcher[tuple[str, int]] = Batcher({"a": 2, "b": 4}, max_wait_seconds=0.1)
    taken: list[tuple[str, int]] = []
    for index, (model, moment) in enumerate(sorted(arrivals, key=lambda arrival: arrival[1])):
        batcher.add(model, (model, index), moment)
        batch = batcher.next_batch(moment)
        assert len({name for name, _ in batch}) <= 1
        assert len(batch) <= 4
        taken += batch
    while batch := batcher.next_batch(2.0):
        taken += batch
    for model in "ab":
        indices = [index for name, index in taken if name == model]
        assert indices == sorted(indices)
    assert len(taken) == len(arrivals)
