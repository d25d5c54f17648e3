"""COCO's numbers against COCO's own tools."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.evaluation.coco import CocoEvaluation, CocoScores, Kind

NAMES = {
    "AP": "ap",
    "AP50": "ap50",
    "AP75": "ap75",
    "APs": "ap_small",
    "APm": "ap_medium",
    "APl": "ap_large",
    "AR1": "ar_1",
    "AR10": "ar_10",
    "AR100": "ar_100",
    "ARs": "ar_small",
    "ARm": "ar_medium",
    "ARl": "ar_large",
}
KINDS: list[tuple[Kind, str]] = [("boxes", "bbox"), ("masks", "segm")]


@pytest.fixture(scope="module")
def fixture(parity: Path) -> dict[str, Any]:
    return json.loads((parity / "coco_ap.json").read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize(("kind", "published"), KINDS)
def test_all_twelve_numbers_equal_cocos_own(kind: Kind, published: str, fixture: dict[str, Any]) -> None:
    scores = CocoEvaluation(fixture["gt"], fixture["dets"], kind).scores()
    for theirs, ours in NAMES.items():
        assert getattr(scores, ours) == pytest.approx(fixture["stats"][published][theirs], abs=1e-12), theirs


@pytest.mark.parametrize(("kind", "published"), KINDS)
def test_curves_hold_each_classs_average_precision(kind: Kind, published: str, fixture: dict[str, Any]) -> None:
    curves = CocoEvaluation(fixture["gt"], fixture["dets"], kind).curves(0.5)
    expected = fixture["stats"][published]["per_category_AP50_area_all_maxDets100"]
    names = {str(one["id"]): one["name"] for one in fixture["gt"]["categories"]}
    assert {curve.category: curve.precision.mean() for curve in curves} == pytest.approx(
        {names[key]: value for key, value in expected.items()}
    )
    assert all((np.diff(curve.precision) <= 0).all() for curve in curves)


def test_intervals_hold_their_value_and_come_again(fixture: dict[str, Any]) -> None:
    evaluation = CocoEvaluation(fixture["gt"], fixture["dets"], "boxes")
    intervals = evaluation.intervals(num_resamples=50)
    assert intervals == CocoEvaluation(fixture["gt"], fixture["dets"], "boxes").intervals(num_resamples=50)
    for name, interval in intervals.items():
        assert interval.value == getattr(evaluation.scores(), name)
    assert intervals["ap"].low < intervals["ap"].value < intervals["ap"].high


def test_a_resample_is_what_its_pictures_give_on_their_own(fixture: dict[str, Any]) -> None:
    drawn = (0, 2, 2, 5)
    numbers = [sorted(one["id"] for one in fixture["gt"]["images"])[index] for index in drawn]
    truth: dict[str, Any] = {"images": [], "annotations": [], "categories": fixture["gt"]["categories"]}
    found = []
    for new, old in enumerate(numbers, start=100):
        truth["images"].append({"id": new, "height": 240, "width": 320})
        truth["annotations"] += [
            {**one, "image_id": new, "id": 1000 * new + one["id"]}
            for one in fixture["gt"]["annotations"]
            if one["image_id"] == old
        ]
        found += [{**one, "image_id": new} for one in fixture["dets"] if one["image_id"] == old]
    resampled = CocoEvaluation(fixture["gt"], fixture["dets"], "boxes").scores(drawn)
    np.testing.assert_allclose(
        list(vars(resampled).values()), list(vars(CocoEvaluation(truth, found, "boxes").scores()).values())
    )


def test_what_is_judged_is_left_as_it_was(fixture: dict[str, Any]) -> None:
    before = copy.deepcopy((fixture["gt"], fixture["dets"]))
    CocoEvaluation(fixture["gt"], fixture["dets"], "masks").scores()
    assert (fixture["gt"], fixture["dets"]) == before


@pytest.mark.parametrize("kind", ["boxes", "masks"])
def test_nothing_found_scores_nothing(kind: Kind, fixture: dict[str, Any]) -> None:
    scores = CocoEvaluation(fixture["gt"], [], kind).scores()
    assert scores.ap == scores.ar_100 == 0


def test_pictures_without_objects_have_no_score(fixture: dict[str, Any]) -> None:
    truth = {**fixture["gt"], "annotations": []}
    scores = CocoEvaluation(truth, fixture["dets"], "boxes").scores()
    assert all(np.isnan(number) for number in vars(scores).values())
    assert isinstance(scores, CocoScores)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"image_id": 999}, "found object 0 is of picture 999 and class 2; the truth does not have both"),
        ({"category_id": 9}, "and class 9; the truth does not have both"),
        ({"score": float("nan")}, "found object 0 must have a bbox and a finite score"),
    ],
)
def test_what_cannot_be_judged_is_refused(change: dict[str, Any], complaint: str, fixture: dict[str, Any]) -> None:
    found = [{**fixture["dets"][0], **change}]
    with pytest.raises(ValueError, match=complaint):
        CocoEvaluation(fixture["gt"], found, "boxes")


def test_other_thresholds_than_cocos_have_no_curve(fixture: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"iou must be one of 0\.50, 0\.55, .*, got 0\.52"):
        CocoEvaluation(fixture["gt"], fixture["dets"], "boxes").curves(0.52)
