"""What is taught of a picture of nuclei is what gives its nuclei back."""

import numpy as np
import pytest
import torch

from models.detection.found import instance_layer
from models.evaluation.instances import instance_overlap
from models.networks.nuclei import CENTRE, DOWN, GROUND, NORMAL_DIAMETER, NUCLEUS, NUM_MAPS
from models.nuclei.grouping import group_pixels
from models.nuclei.maps import NucleusMaps
from models.nuclei.scaling import median_diameter, numbered_areas
from models.training.nuclei import material
from models.training.nuclei.material import normalised, truth_of
from models.training.nuclei.objective import NucleiObjective
from models.training.pictures.labelled import LabelledPicture, marked_instances
from tests.models.nuclei.made_nuclei import numbers_of

DISCS = [(30.0, 30.0, 12.0), (30.0, 53.0, 11.0), (52.0, 41.0, 12.0), (20.0, 100.0, 8.0), (79.0, 119.0, 13.0)]


def picture(discs: list[tuple[float, float, float]], size: tuple[int, int]) -> LabelledPicture:
    numbers = numbers_of(discs, size)
    return marked_instances("p", np.repeat((numbers > 0)[..., None] * np.uint8(200), 3, axis=2), numbers)


def perfect_answer(truth: np.ndarray) -> torch.Tensor:
    """Return what a network would say that knows the truth, (1, 7, H, W)."""
    answer = torch.zeros(1, NUM_MAPS, *truth.shape[1:])
    answer[0, CENTRE] = torch.logit(torch.from_numpy(truth[material.CENTRE]).clamp(1e-4, 1 - 1e-4))
    answer[0, DOWN : DOWN + 2] = torch.from_numpy(truth[material.DOWN : material.RIGHT + 1])
    answer[0, NUCLEUS] = torch.from_numpy(np.where(truth[material.CLASS] > 0, 9, -9))
    for index in range(NUM_MAPS - GROUND):
        answer[0, GROUND + index] = torch.from_numpy(np.where(truth[material.CLASS] == index, 9, -9))
    return answer


def test_the_truth_groups_into_the_nuclei_it_was_made_of() -> None:
    sample = picture(DISCS, (80, 120))
    truth = truth_of(sample)
    maps = np.stack(
        [truth[material.CENTRE], *(NORMAL_DIAMETER * truth[1:3]), *[(truth[material.CLASS] > 0).astype(float)] * 2], -1
    )
    found = instance_layer(group_pixels(NucleusMaps(maps.astype(np.float32)), least_centre=0.5), (80, 120))
    assert instance_overlap(sample.layers[0], found).ious.max(1) == pytest.approx(1)


def test_rims_lie_within_nuclei_and_part_those_that_touch() -> None:
    truth = truth_of(picture([(20, 20, 10), (20, 40, 10)], (40, 60)))[material.CLASS]
    assert truth[20, 20] == truth[20, 40] == 1
    assert truth[20, 30] == truth[20, 11] == 2
    assert truth[2, 2] == 0


def test_nothing_costs_less_than_the_truth() -> None:
    truth = truth_of(picture(DISCS, (80, 120)))
    objective, targets = NucleiObjective(), torch.from_numpy(truth[None])
    best = perfect_answer(truth)
    lowest = float(objective.total_loss(best, targets))
    assert objective.total_score(best, targets) == pytest.approx(1, abs=0.01)
    for index in range(NUM_MAPS):
        worse = best.clone()
        worse[:, index] = worse[:, index].roll(5, -1)
        assert float(objective.total_loss(worse, targets)) > lowest + 0.05, index


@pytest.mark.parametrize("radius", [5.0, 12.0, 40.0])
def test_nuclei_of_every_size_become_of_normal_size(radius: float) -> None:
    seen = normalised(picture([(60, 60, radius), (60, 160, radius)], (120, 220)))
    assert median_diameter(numbered_areas(seen.layers[0])) == pytest.approx(NORMAL_DIAMETER, rel=0.08)
    assert seen.pixels.shape[:2] == seen.layers[0].shape
