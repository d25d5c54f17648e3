from typing import Any

import pytest
import torch

from models.detection.matcher import BACKGROUND, Matcher
from models.detection.sampler import BalancedSampler


@pytest.mark.parametrize(
    ("name", "matcher"),
    [
        ("matcher_0.7_0.3_lowq", Matcher(0.7, 0.3, keep_best=True)),
        ("matcher_0.5_0.5_nolowq", Matcher(0.5, 0.5)),
        ("matcher_0.3_0.1_lowq", Matcher(0.3, 0.1, keep_best=True)),
    ],
)
def test_matches_equal_the_public_implementation(name: str, matcher: Matcher, ops: dict[str, Any]) -> None:
    assert matcher.match(torch.tensor(ops["matcher_input_iou"])).tolist() == ops[name]


def test_each_true_box_keeps_its_best_however_little_it_overlaps() -> None:
    ious = torch.tensor([[0.2, 0.1, 0.2], [0.0, 0.9, 0.25]])
    assert Matcher(0.7, 0.3, keep_best=True).match(ious).tolist() == [0, 1, 1]


@pytest.mark.parametrize("num_boxes", [0, 3])
def test_without_true_boxes_everything_is_background(num_boxes: int) -> None:
    assert Matcher(0.7, 0.3, keep_best=True).match(torch.zeros(0, num_boxes)).tolist() == [BACKGROUND] * num_boxes


def test_borders_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match=r"background_iou must be at most foreground_iou, got 0\.5 and 0\.3"):
        Matcher(0.3, 0.5)


@pytest.mark.parametrize(
    ("num_objects", "num_background", "drawn"),
    [(100, 100, (4, 12)), (2, 100, (2, 14)), (100, 5, (4, 5)), (0, 100, (0, 16)), (0, 0, (0, 0))],
)
def test_background_fills_what_objects_leave(num_objects: int, num_background: int, drawn: tuple[int, int]) -> None:
    labels = torch.tensor([3] * num_objects + [0] * num_background + [-1] * 10)
    positive, negative = BalancedSampler(16, 0.25).draw(labels)
    assert (len(positive), len(negative)) == drawn
    assert (labels[positive] == 3).all()
    assert (labels[negative] == 0).all()
    assert len(set(positive.tolist() + negative.tolist())) == sum(drawn)


def test_samples_are_drawn_at_random() -> None:
    labels = torch.zeros(1000)
    first, second = (BalancedSampler(10, 0.5).draw(labels)[1].tolist() for _ in range(2))
    assert first != second
