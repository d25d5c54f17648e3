import json
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.instances import THRESHOLDS, instance_measures, instance_overlap
from models.evaluation.measures import Resampling, by_name, measure_all


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_score_equals_the_public_implementation(seed: int, parity: Path) -> None:
    case = next(one for one in json.loads((parity / "dsb_score.json").read_text())["cases"] if one["seed"] == seed)
    with np.load(parity / "dsb_labels.npz") as labels:
        overlap = instance_overlap(labels[f"gold{seed}"], labels[f"pred{seed}"])
    assert (overlap.num_true, overlap.num_found) == (case["n_gold"], case["n_pred"])
    assert [overlap.score(iou) for iou in THRESHOLDS] == pytest.approx(case["per_threshold"])
    assert overlap.dsb_score == pytest.approx(case["kaggle"])


def test_numbers_of_objects_do_not_matter() -> None:
    truth = np.array([[1, 1, 0, 2], [1, 1, 0, 2]])
    renumbered = np.choose(truth, [0, 70_000, 5])
    assert instance_overlap(truth, renumbered).dsb_score == 1


def test_a_map_without_background_counts_all_its_objects() -> None:
    truth = np.array([[1, 1], [2, 2]])
    assert instance_overlap(truth, truth).num_true == 2
    assert instance_overlap(truth, truth).dsb_score == 1


def test_nothing_found_where_nothing_is_counts_as_right() -> None:
    nothing, something = np.zeros((4, 4), int), np.ones((4, 4), int)
    assert instance_overlap(nothing, nothing).dsb_score == 1
    assert instance_overlap(nothing, something).dsb_score == 0
    assert instance_overlap(something, nothing).dsb_score == 0


def test_half_an_overlap_is_not_more_than_half() -> None:
    truth, found = np.array([1, 1, 1, 0]), np.array([0, 1, 1, 1])
    assert instance_overlap(truth, found).ious.tolist() == [[0.5]]
    assert instance_overlap(truth, found).score(0.5) == 0


def test_measures_have_intervals() -> None:
    rng = np.random.default_rng(0)
    overlaps = [instance_overlap(np.array([1, 1, 1, 1]), rng.integers(0, 2, 4)) for _ in range(20)]
    measured = by_name(measure_all(instance_measures(), overlaps, range(20), Resampling(num_resamples=100)))
    assert measured["dsb_score"].interval.low < measured["dsb_score"].interval.value
    assert measured["recall_iou50"].interval.value == pytest.approx(np.mean([one.num_matched(0.5) for one in overlaps]))


def test_what_is_no_label_map_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape, got \(2,\) \(truth\) and \(3,\) \(found\)"):
        instance_overlap(np.zeros(2, int), np.zeros(3, int))
    with pytest.raises(ValueError, match=r"integers of at least 0, found holds others \(float64\)"):
        instance_overlap(np.zeros(2, int), np.zeros(2))
    with pytest.raises(ValueError, match=r"at least 0\.5, above which matches are unique, got 0\.4"):
        instance_overlap(np.ones(2, int), np.ones(2, int)).score(0.4)
