"""Pictures are divided by what they are, never by the order in which they were found."""

import numpy as np
import pytest

from models.training.pictures.labelled import LabelledPicture, marked_instances
from models.training.pictures.parts import divide_pictures, fold_pictures


def made(count: int) -> list[LabelledPicture]:
    pixels, empty = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.int32)
    return [
        marked_instances(f"p{index}", pixels, empty, {"look": f"look{index % 3}", "patient": str(index // 2)})
        for index in range(count)
    ]


def test_every_look_is_in_every_part_and_no_patient_in_two() -> None:
    pictures = made(60)
    parts = divide_pictures(pictures, validation_share=0.2, test_share=0.2, spread_over="look")
    for members in parts.values():
        assert {one.groups["look"] for one in members} == {"look0", "look1", "look2"}
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [36, 12, 12]
    by_patient = divide_pictures(pictures, validation_share=0.2, test_share=0.2, divide_by="patient")
    patients = [name for members in by_patient.values() for name in {one.groups["patient"] for one in members}]
    assert len(patients) == len(set(patients)) == 30


@pytest.mark.parametrize("num_folds", [2, 3, 5])
def test_every_picture_is_in_one_fold_and_every_look_in_all(num_folds: int) -> None:
    pictures = made(31)
    folds = fold_pictures(pictures, num_folds, spread_over=("look",))
    assert sorted(one.name for fold in folds for one in fold) == sorted(one.name for one in pictures)
    assert max(map(len, folds)) - min(map(len, folds)) <= 1
    for look in ("look0", "look1", "look2"):
        shares = [sum(one.groups["look"] == look for one in fold) for fold in folds]
        assert max(shares) - min(shares) <= 1
    again = fold_pictures(pictures[::-1], num_folds, spread_over=("look",))
    assert [[one.name for one in fold] for fold in again] == [[one.name for one in fold] for fold in folds]


def test_fewer_pictures_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least a picture a fold is required, 3, found 2"):
        fold_pictures(made(2), 3)
