"""Laws of the questions for measured numbers and for masks."""

import numpy as np
import pytest

from models.evaluation.cases import Case, Truth
from models.evaluation.measures import Measured, Resampling, by_name
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.evaluation.questions.masks import MaskQuestion
from models.evaluation.questions.measurements import MeasurementQuestion
from models.evaluation.questions.question import Question, answer


def case(name: str, true: float, measured: float | None) -> Case:
    return Case(
        Truth(name, measurements={"ef_percent": true}),
        measurements={} if measured is None else {"ef_percent": measured},
        is_answered=measured is not None,
    )


def ask(question: Question, *cases: Case) -> dict[str, Measured]:  # type: ignore[type-arg]
    found = answer(question, cases, cluster=None, groups=(), resampling=Resampling(num_resamples=50))
    assert found is not None
    return dict(by_name(found.measured))


def test_hand_computed_ejection_fractions() -> None:
    question = MeasurementQuestion("ef_percent", "%", threshold=50)
    found = ask(question, case("a", 60, 58), case("b", 40, 44), case("c", 55, 49), case("d", 30, None))
    values = {name: one.interval.value for name, one in found.items()}
    assert values["mae"] == pytest.approx(4.0)
    assert values["rmse"] == pytest.approx(np.sqrt((4 + 16 + 36) / 3))
    assert values["bias"] == pytest.approx(-4 / 3)
    assert values["sensitivity"] == 1.0
    assert values["specificity"] == 0.5
    assert values["auc"] == 1.0
    assert values["read_share"] == 0.75
    assert found["read_share"].exact is not None


def test_perfect_measurements_have_no_error() -> None:
    found = ask(MeasurementQuestion("ef_percent", "%"), *(case(str(ef), ef, ef) for ef in (30, 50, 65)))
    assert found["mae"].interval.value == found["upper_limit"].interval.value == 0
    assert found["r2"].interval.value == 1


def test_a_model_that_refuses_everything_has_no_error_to_tell() -> None:
    found = ask(MeasurementQuestion("ef_percent", "%", threshold=50), case("a", 60, None), case("b", 40, None))
    assert np.isnan(found["mae"].interval.value)
    assert found["read_share"].interval.value == 0


def test_dice_of_all_pixels_differs_from_that_of_pictures() -> None:
    large, small = np.ones(90, bool), np.ones(10, bool)
    overlaps = {
        "large": {"lv": count_overlap(large, large)},
        "small": {"lv": count_overlap(small, np.zeros(10, bool))},
    }
    found = ask(MaskQuestion(overlaps), Case(Truth("large")), Case(Truth("small")), Case(Truth("not compared")))
    assert found["dice"].interval.value == pytest.approx(180 / 190)
    assert found["picture_dice"].interval.value == pytest.approx(0.5)


def test_labels_of_masks_are_judged_apart_and_as_their_mean() -> None:
    question = MaskQuestion({"a": {"lv": OverlapCounts(10, 10, 10), "la": OverlapCounts(10, 10, 5)}})
    found = answer(question, [Case(Truth("a"))], cluster=None, groups=(), resampling=Resampling(num_resamples=10))
    assert found is not None
    assert found.measured[0].interval.value == pytest.approx(0.75)
    assert found.by_label["la"][0].interval.value == pytest.approx(0.5)
