"""The course of phases: in portions as in one go, no outlier moves it, what is said long enough does."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.phase_course import PhaseCourse

NUM_PHASES, LENGTH = 4, 60


@pytest.fixture(scope="module")
def course() -> PhaseCourse:
    course = PhaseCourse(NUM_PHASES)
    course.count([np.repeat([0, 1, 2, 3], 200), np.repeat([0, 1, 3], 150)])
    return course


def said(phases: list[int], *, surety: float = 3.0) -> torch.Tensor:
    """Logits of one operation in which each second is said to be of a phase."""
    return surety * torch.nn.functional.one_hot(torch.tensor(phases), NUM_PHASES)[None].float()


@settings(max_examples=20, deadline=None)
@given(borders=st.lists(st.integers(0, LENGTH), max_size=5).map(sorted))
def test_any_portions_in_turn_equal_the_whole(course: PhaseCourse, borders: list[int]) -> None:
    logits = torch.randn(2, LENGTH, NUM_PHASES, generator=torch.Generator().manual_seed(1))
    belief, parts = None, []
    for start, end in zip([0, *borders], [*borders, LENGTH], strict=True):
        if end > start:
            parts.append(course(logits[:, start:end], belief))
            belief = parts[-1][:, -1]
    torch.testing.assert_close(torch.cat(parts, 1), course(logits))


def test_each_second_has_probabilities_that_sum_to_one(course: PhaseCourse) -> None:
    beliefs = course(torch.randn(3, 20, NUM_PHASES, generator=torch.Generator().manual_seed(2)) * 10)
    torch.testing.assert_close(beliefs.exp().sum(-1), torch.ones(3, 20))


def test_some_seconds_that_say_otherwise_change_nothing(course: PhaseCourse) -> None:
    phases = [0] * 40 + [2] * 2 + [0] * 18
    assert (course(said(phases)).argmax(-1) == 0).all()


def test_what_is_said_long_enough_is_believed_and_sooner_where_it_is_usual(course: PhaseCourse) -> None:
    usual = course(said([0] * 40 + [1] * 40)).argmax(-1)[0]
    strange = course(said([0] * 40 + [2] * 40)).argmax(-1)[0]
    moved = [int((told != 0).nonzero()[0]) for told in (usual, strange)]
    assert 40 <= moved[0] < moved[1] < 60
    assert (usual[moved[0] :] == 1).all()
