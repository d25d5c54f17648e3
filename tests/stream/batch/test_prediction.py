"""Tests of stream/batch/prediction.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.results import Classification
from stream.batch.clip_feed import PredictionFailed, PreparedClip
from stream.batch.prediction import ClipBatcher, ScoredClip
from stream.clip_sampler import PlannedClip
from tests.stream.batch.scenery import Brightness, FailingOver


def clip(model: str, index: int) -> PreparedClip:
    return PreparedClip(PlannedClip(model, 1, index, (1,), (0.0,), 0.0, 0, index / 10, index / 10 + 1), index / 1000)


def run(batcher: ClipBatcher, clips: list[PreparedClip]) -> list[ScoredClip]:
    return [scored for entry in clips for scored in batcher.push(entry)] + batcher.finish()


@given(st.lists(st.sampled_from(["a", "b"]), max_size=40), st.integers(1, 5), st.integers(1, 5))
def test_every_clip_is_scored_once_in_its_models_order(models: list[str], size_a: int, size_b: int) -> None:
    batcher = ClipBatcher([Brightness("a", max_batch_size=size_a), Brightness("b", max_batch_size=size_b)])
    scored = run(batcher, [clip(model, index) for index, model in enumerate(models)])
    for name in ("a", "b"):
        own = [entry for entry in scored if entry.planned.model == name]
        assert [entry.planned.clip_index for entry in own] == [i for i, model in enumerate(models) if model == name]
        for entry in own:
            assert isinstance(entry.result, Classification)
            assert entry.result.scores[1] == entry.planned.clip_index / 1000


def test_batches_are_as_full_as_they_can_be() -> None:
    predictor = Brightness(max_batch_size=4)
    run(ClipBatcher([predictor]), [clip(predictor.name, index) for index in range(10)])
    assert predictor.batch_sizes == [4, 4, 2]


def test_a_batch_too_large_for_the_device_is_halved_until_it_fits() -> None:
    predictor = FailingOver(2, max_batch_size=8)
    scored = run(ClipBatcher([predictor]), [clip(predictor.name, index) for index in range(8)])
    assert [entry.planned.clip_index for entry in scored] == list(range(8))
    assert predictor.batch_sizes == [2, 2, 2, 2]


def test_a_clip_that_fails_alone_is_named() -> None:
    predictor = FailingOver(0, max_batch_size=2)
    batcher = ClipBatcher([predictor])
    batcher.push(clip(predictor.name, 0))
    with pytest.raises(PredictionFailed, match=r"brightness failed on the clip at 0\.000 s: out of memory"):
        batcher.push(clip(predictor.name, 1))
