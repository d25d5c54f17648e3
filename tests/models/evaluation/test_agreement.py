"""Cohen's kappa: published examples, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.agreement import cohens_kappa, kappa_of_codings
from models.evaluation.events import Span

CODINGS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30)


def observers(counts: dict[tuple[str, str], int]) -> tuple[list[str], list[str]]:
    pairs = [pair for pair, count in counts.items() for _ in range(count)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def test_cohens_own_example_comes_out() -> None:
    # Cohen 1960, table 1, proportions times 200: kappa 0.492, observed 0.70, expected 0.41.
    rows = {("a", "a"): 88, ("a", "b"): 14, ("a", "c"): 18, ("b", "a"): 10, ("b", "b"): 40, ("b", "c"): 10}
    rows |= {("c", "a"): 2, ("c", "b"): 6, ("c", "c"): 12}
    agreement = cohens_kappa(*observers(rows))
    assert agreement.observed == pytest.approx(0.70)
    assert agreement.expected == pytest.approx(0.41)
    assert agreement.kappa == pytest.approx(0.492, abs=5e-4)
    assert agreement.table.tolist() == [[88, 14, 18], [10, 40, 10], [2, 6, 12]]


@given(CODINGS)
def test_kappa_does_not_care_who_is_first(pairs: list[tuple[str, str]]) -> None:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    one, other = cohens_kappa(first, second).kappa, cohens_kappa(second, first).kappa
    assert one == pytest.approx(other, nan_ok=True)


@given(CODINGS)
def test_with_two_labels_weights_change_nothing(pairs: list[tuple[str, str]]) -> None:
    first, second = (["a" if pair[index] == "a" else "b" for pair in pairs] for index in (0, 1))
    plain, weighted = cohens_kappa(first, second).kappa, cohens_kappa(first, second, weighting="quadratic").kappa
    assert plain == pytest.approx(weighted, nan_ok=True)


def test_full_agreement_is_one_and_one_label_alone_says_nothing() -> None:
    assert cohens_kappa("abcab", "abcab").kappa == pytest.approx(1.0)
    assert np.isnan(cohens_kappa("aaaa", "aaaa").kappa)


def test_being_close_counts_for_labels_with_an_order() -> None:
    near, far = cohens_kappa("1123", "1233", weighting="linear"), cohens_kappa("1123", "3311", weighting="linear")
    assert near.kappa > cohens_kappa("1123", "1233").kappa
    assert far.kappa < 0


def test_codings_are_compared_second_by_second() -> None:
    first = [Span("eat", 0, 5), Span("walk", 5, 8)]
    second = [Span("eat", 0, 4), Span("walk", 4, 8)]
    agreement = kappa_of_codings(first, second, duration_seconds=10)
    assert agreement.labels == ("eat", "none", "walk")
    assert agreement.observed == pytest.approx(0.9)
    assert kappa_of_codings(first, first, duration_seconds=10).kappa == pytest.approx(1.0)


def test_codings_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="must have coded the same units, got 2 and 3"):
        cohens_kappa("ab", "abc")
    with pytest.raises(ValueError, match="must be positive, got 0 s"):
        kappa_of_codings([], [], duration_seconds=0)
