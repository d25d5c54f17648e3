from collections.abc import Sequence

import pytest

from models.results import Measurement, Result
from stream.work.scoring import is_out_of_memory, score_batch
from tests.stream.small_predictors import POISON, MeanBrightness, Raising, SmallMemory


def test_clip_that_fails_costs_no_other_its_result() -> None:
    outcomes = score_batch(Raising(), [1.0, POISON, 3.0])
    assert [type(outcome) for outcome in outcomes] == [type(outcomes[0]), RuntimeError, type(outcomes[0])]
    assert outcomes[2] == MeanBrightness().answer(3.0)


@pytest.mark.parametrize("num_clips", [1, 2, 3, 7, 8])
def test_batch_too_large_is_halved_until_it_fits(num_clips: int) -> None:
    predictor = SmallMemory()
    brightness = [float(index) for index in range(num_clips)]
    assert score_batch(predictor, brightness) == [predictor.answer(mean) for mean in brightness]
    assert max(predictor.batch_sizes) <= 2


def test_predictor_that_returns_too_few_results_is_named() -> None:
    class Forgetful(MeanBrightness):
        def predict(self, prepared: Sequence[float]) -> list[Result]:
            return [Measurement("m", 0.0, "1")] if len(prepared) == 2 else []

    outcomes = score_batch(Forgetful("forgetful"), [1.0, 2.0])
    assert [str(outcome) for outcome in outcomes] == ["forgetful must return 1 results, one a sample; got 0"] * 2


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate"), True),
        (RuntimeError("DefaultCPUAllocator: Out of memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory_is_recognised(error: Exception, is_so: bool) -> None:
    assert is_out_of_memory(error) is is_so
