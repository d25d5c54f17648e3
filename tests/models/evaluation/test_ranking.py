"""Laws of average precision and of the curves behind it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.classification import area_under_curve, top_k_accuracy
from models.evaluation.ranking import (
    average_precision,
    calibrated_average_precision,
    mean_average_precision,
    ranked_counts,
)

samples = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=25)


def arrays(drawn: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([score for score, _ in drawn], float), np.array([positive for _, positive in drawn])


def test_average_precision_of_a_hand_computed_ranking() -> None:
    # ranks of the positives are 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3
    scores, positive = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([True, False, True, True, False])
    assert average_precision(scores, positive) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_calibrated_average_precision_of_a_hand_computed_ranking() -> None:
    # one positive for two negatives: true positives weigh twice; positive at rank 2: 2 / (2 + 1)
    scores, positive = np.array([0.9, 0.8, 0.7]), np.array([False, True, False])
    assert calibrated_average_precision(scores, positive) == pytest.approx(2 / 3)


@settings(deadline=None, max_examples=40)
@given(samples)
def test_average_precision_is_that_of_the_definition(drawn: list[tuple[int, bool]]) -> None:
    scores, positive = arrays(drawn)
    if not positive.any():
        assert np.isnan(average_precision(scores, positive))
        return
    expected, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        above = scores >= threshold
        now = positive[above].sum() / positive.sum()
        expected += (now - recall) * positive[above].mean()
        recall = now
    assert average_precision(scores, positive) == pytest.approx(expected)


@settings(deadline=None, max_examples=40)
@given(samples, st.randoms())
def test_the_order_of_the_samples_does_not_matter(drawn: list[tuple[int, bool]], random: object) -> None:
    shuffled = drawn.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for metric in (average_precision, calibrated_average_precision):
        assert metric(*arrays(shuffled)) == pytest.approx(metric(*arrays(drawn)), nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(samples)
def test_only_the_order_of_the_scores_matters(drawn: list[tuple[int, bool]]) -> None:
    scores, positive = arrays(drawn)
    squeezed = 1 / (1 + np.exp(-scores))
    assert average_precision(squeezed, positive) == pytest.approx(average_precision(scores, positive), nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(samples)
def test_the_area_under_the_curve_is_the_rank_statistic(drawn: list[tuple[int, bool]]) -> None:
    scores, positive = arrays(drawn)
    if positive.all() or not positive.any():
        return
    counts = ranked_counts(scores, positive)
    x, y = np.append(0, counts.false_positive_rate), np.append(0, counts.recall)
    assert np.trapezoid(y, x) == pytest.approx(area_under_curve(scores, positive))


def test_perfect_scores_give_one_and_only_labels_that_occur_count() -> None:
    is_positive = np.array([[True, False, False], [False, True, False]])
    assert mean_average_precision(is_positive.astype(float), is_positive) == 1.0
    assert np.isnan(mean_average_precision(np.ones((2, 3)), np.zeros((2, 3), bool)))


def test_balanced_labels_are_calibrated_already() -> None:
    rng = np.random.default_rng(0)
    scores, positive = rng.normal(size=40), np.repeat([True, False], 20)
    assert calibrated_average_precision(scores, positive) == pytest.approx(average_precision(scores, positive))


def test_top_k_accuracy_grows_with_k_to_one() -> None:
    rng = np.random.default_rng(0)
    scores, targets = rng.random((50, 8)), rng.integers(8, size=50)
    values = [top_k_accuracy(scores, targets, k) for k in range(1, 9)]
    assert values == sorted(values)
    assert values[0] == (scores.argmax(axis=1) == targets).mean()
    assert values[-1] == 1.0


def test_a_network_that_scores_all_labels_alike_is_right_on_nothing() -> None:
    assert top_k_accuracy(np.full((4, 10), 0.1), np.arange(4), 5) == 0.0


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        top_k_accuracy(np.ones((1, 2)), np.array([0]), 0)
