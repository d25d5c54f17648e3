import numpy as np
import pytest

from models.evaluation.froc import Candidate, Lesion, ScanHits, froc, froc_measures, scan_hits
from models.evaluation.measures import Resampling, by_name, measure_all

NODULE = Lesion((10.0, 20.0, 30.0), 6.0)


def test_a_candidate_hits_within_the_radius_only() -> None:
    hits = scan_hits([NODULE], [Candidate((12.9, 20, 30), 0.9), Candidate((13.0, 20, 30), 0.8)])
    assert hits.hit_scores.tolist() == [0.9]
    assert hits.false_scores.tolist() == [0.8]


def test_of_several_hits_the_surest_counts_and_the_others_count_neither_way() -> None:
    hits = scan_hits([NODULE], [Candidate((10, 20, 30), 0.3), Candidate((11, 20, 30), 0.7)])
    assert hits.hit_scores.tolist() == [0.7]
    assert not len(hits.false_scores)


def test_findings_that_are_not_judged_count_neither_way() -> None:
    unclear = Lesion((10.0, 20.0, 30.0), 6.0, is_judged=False)
    hits = scan_hits([unclear], [Candidate((10, 20, 30), 0.3)])
    assert (hits.num_lesions, len(hits.hit_scores), len(hits.false_scores)) == (0, 0, 0)


def test_the_curve_of_a_hand_counted_case() -> None:
    scans = [ScanHits(2, np.array([0.9, 0.5]), np.array([0.7])), ScanHits(2, np.array([0.6]), np.array([0.4, 0.7]))]
    curve = froc(scans)
    assert curve.false_alarms_per_scan.tolist() == [0, 0, 1, 1, 1, 1.5]
    assert curve.sensitivity.tolist() == [0, 0.25, 0.25, 0.5, 0.75, 0.75]
    assert curve.sensitivity_at(1) == pytest.approx(0.75)
    assert curve.sensitivity_at(0.5) == pytest.approx(0.25)
    assert curve.sensitivity_at(8) == 0.75
    assert curve.luna16_score == pytest.approx(np.mean([0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75]))


def test_a_perfect_detector_scores_one_and_a_silent_one_nothing() -> None:
    assert froc([ScanHits(3, np.array([0.9, 0.8, 0.7]), np.array([]))]).luna16_score == 1
    assert froc([scan_hits([NODULE], [])]).luna16_score == 0


def test_without_lesions_there_is_no_sensitivity() -> None:
    assert np.isnan(froc([ScanHits(0, np.array([]), np.array([0.3]))]).luna16_score)
    with pytest.raises(ValueError, match="at least one scan, got none"):
        froc([])


def test_measures_have_intervals() -> None:
    rng = np.random.default_rng(0)
    scans = [ScanHits(3, rng.random(2) + 0.2, rng.random(4)) for _ in range(12)]
    measured = by_name(measure_all(froc_measures(), scans, range(12), Resampling(num_resamples=60)))
    assert len(measured) == 8
    score = measured["luna16_score"].interval
    assert score.low <= score.value == froc(scans).luna16_score <= score.high
