"""From label maps to what is taught."""

import numpy as np
import pytest

from models.training.volumes.annotation import UNLABELLED, Annotation, slice_mask

NUMBERS = np.zeros((8, 10, 12), np.int32)
NUMBERS[2:6, 2:5, 2:10] = 1
NUMBERS[2:6, 6:9, 2:10] = 2
KINDS = Annotation(("background", "one", "two"))
OBJECTS = Annotation(("background", "cell"), are_instances=True, border_weight=10, sigma_voxels=1.5)


def test_what_nobody_labelled_weighs_nothing() -> None:
    numbers = NUMBERS.copy()
    numbers[:, :4] = UNLABELLED
    _, weights = KINDS.teach(numbers)
    assert not weights[:, :4].any()
    assert (weights[:, 4:] > 0).all()
    assert weights[weights > 0].mean() == pytest.approx(1)


def test_balanced_classes_have_the_same_sum() -> None:
    targets, weights = KINDS.teach(NUMBERS)
    sums = [weights[targets == number].sum() for number in range(3)]
    assert sums == pytest.approx([sums[0]] * 3, rel=1e-4)
    assert np.array_equal(targets, NUMBERS)


def test_weights_of_classes_may_be_given() -> None:
    weights = Annotation(KINDS.labels, class_weights=(1, 2, 4)).teach(NUMBERS)[1]
    assert weights[3, 7, 5] / weights[0, 0, 0] == pytest.approx(4)
    assert Annotation(KINDS.labels, class_weights="equal").teach(NUMBERS)[1].std() == 0


def test_only_annotated_slices_count_along_each_axis() -> None:
    slices = {0: (3,), 2: (1, 5)}
    _, weights = KINDS.teach(NUMBERS, slices)
    assert np.array_equal(weights > 0, slice_mask(NUMBERS.shape, slices))
    assert (weights > 0).sum() == 10 * 12 + 2 * 8 * 10 - 2 * 10


@pytest.mark.parametrize("slices", [None, {0: (3,)}])
def test_gaps_between_objects_weigh_more(slices: dict[int, tuple[int, ...]] | None) -> None:
    targets, weights = OBJECTS.teach(NUMBERS, slices)
    assert set(np.unique(targets)) == {0, 1}
    assert weights[3, 5, 5] > 2 * weights[3, 0, 0] > 0


@pytest.mark.parametrize(
    ("numbers", "slices", "reason"),
    [
        (NUMBERS + 1, None, "found 3; name its class"),
        (np.full_like(NUMBERS, UNLABELLED), None, "found none; annotate a slice"),
        (NUMBERS, {1: (2, 10)}, r"slices along H must lie in 0\.\.9, got \[10\]"),
    ],
)
def test_what_cannot_be_taught_is_refused(
    numbers: np.ndarray, slices: dict[int, tuple[int, ...]] | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        KINDS.teach(numbers, slices)
