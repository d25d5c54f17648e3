"""Laws of accuracy and of the area under the ROC curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.classification import accuracy, area_under_curve, balanced_accuracy

samples = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30)


@settings(deadline=None, max_examples=40)
@given(samples)
def test_area_is_the_chance_that_a_positive_scores_above_a_negative(drawn: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in drawn], float)
    positive = np.array([is_positive for _, is_positive in drawn])
    area = area_under_curve(scores, positive)
    if positive.all() or not positive.any():
        assert np.isnan(area)
    else:
        differences = scores[positive][:, None] - scores[~positive][None]
        assert area == pytest.approx(np.mean((differences > 0) + 0.5 * (differences == 0)))


def test_accuracy_counts_the_highest_score() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    assert accuracy(scores, np.array([0, 1, 1, 0])) == 0.75


def test_balanced_accuracy_gives_every_label_the_same_weight() -> None:
    scores = np.array([[1.0, 0.0]] * 10)
    assert balanced_accuracy(scores, np.array([0] * 9 + [1])) == 0.5
