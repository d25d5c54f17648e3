"""What serves nodules: what it is given, and what it says."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.imaging.answer import ImagingAnswer, ImagingModel
from models.imaging.finished import finish
from models.networks.pfn_views import PfnViews
from models.nodules.serving import NoduleOptions
from models.predictor import ModelCard
from models.predictors.nodule_mask import NoduleMasks
from models.predictors.nodules import NoduleFinder
from models.predictors.pfn_views import PfnClassifier
from models.samples import Image
from tests.models.nodules.made_lungs import make_scan, stored
from tests.models.nodules.test_finding import BALLS, by_brightness

CARD = ModelCard("nodules", "nodules", ("nodule",), "", "", "", reads="volume")


class NothingSeen(torch.nn.Module):
    """A detector that finds nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, pictures: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
        none = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64), "scores": torch.zeros(0)}
        return [{**none, "masks": torch.zeros(0, 1, *picture.shape[1:])} for picture in pictures]


def finder() -> ImagingModel:
    return NoduleFinder(CARD, by_brightness, NoduleOptions(0.5))


def outliner() -> ImagingModel:
    return NoduleMasks(replace(CARD, name="nodule_mask"), NothingSeen())


def read(model: ImagingModel, **changes: object) -> ImagingAnswer:
    return finish(model.read(replace(stored(make_scan(BALLS)), **changes), scratch=Path()))  # type: ignore[arg-type]


def test_findings_are_ranked_and_bear_the_numbers_of_the_label_map() -> None:
    answer = read(finder())
    assert answer.labels is not None
    assert [one.number for one in answer.findings] == [1, 2]
    assert answer.findings[0].score >= answer.findings[1].score
    assert set(np.unique(answer.labels)) == {0, *answer.names}
    assert answer.scores == {one.number: one.score for one in answer.findings}


@pytest.mark.parametrize("make", [finder, outliner])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"modality": "MR", "intensity_unit": "none"}, "required CT, found MR"),
        ({"intensity_unit": "none"}, "required values in HU, found no unit"),
    ],
)
def test_what_is_no_ct_is_refused_by_name(
    make: Callable[[], ImagingModel], changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        read(make(), **changes)


@pytest.mark.parametrize("make", [finder, outliner])
def test_a_picture_is_refused(make: Callable[[], ImagingModel]) -> None:
    with pytest.raises(ValueError, match="reads CT volumes, got a picture: slice"):
        finish(make().read(Image(np.zeros((64, 64, 1), np.uint8), "slice"), scratch=Path()))


@pytest.mark.parametrize("make", [finder, outliner])
def test_a_scan_without_lungs_has_no_findings_and_says_why(make: Callable[[], ImagingModel]) -> None:
    answer = finish(make().read(stored(make_scan(lungs_hu=-1000.0)), scratch=Path()))
    assert answer.findings == ()
    assert answer.remarks == ("no lung was found in this scan, so no nodule was looked for",)


def test_every_nodule_is_told_to_be_perifissural_or_not() -> None:
    card = replace(CARD, name="pfn_views", labels=("perifissural nodule", "other nodule"))
    answer = read(PfnClassifier(card, PfnViews().eval(), by_brightness, 0.5))
    assert len(answer.findings) == 2
    assert {one.label for one in answer.findings} <= set(card.labels)
    assert all(0.5 <= one.score <= 1 for one in answer.findings)


def test_options_that_no_nodule_model_has_are_refused() -> None:
    with pytest.raises(ValueError, match="must state serving_options of nodules"):
        NoduleOptions.of(replace(CARD, serving_options={"window": 3}))
    with pytest.raises(ValueError, match=r"least_score in 0\.\.1, got 2"):
        NoduleOptions.of(replace(CARD, serving_options={"least_score": 2}))
