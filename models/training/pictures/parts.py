"""Divides labelled pictures into training, validation and test, where the data set does not say so itself."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from models.datasets.labelled_video import Part
from models.training.pictures.labelled import LabelledPicture

Parts = dict[Part, list[LabelledPicture]]


def divide_pictures(
    pictures: Sequence[LabelledPicture],
    *,
    validation_share: float,
    test_share: float,
    spread_over: str | None = None,
    divide_by: str | None = None,
    seed: int = 0,
) -> Parts:
    """Return the pictures of each part; the division depends on the names and the seed alone, not on the order.

    Args:
        pictures: of one data set.
        validation_share: of the pictures, or of the members of `divide_by`.
        test_share: likewise.
        spread_over: a group, such as the look, of whose every member each part gets its share.
        divide_by: a group, such as the patient, whose pictures all go to one part.
        seed: another one divides otherwise.
    """
    strata: dict[str, dict[str, list[LabelledPicture]]] = defaultdict(lambda: defaultdict(list))
    for picture in pictures:
        unit = picture.groups.get(divide_by or "", picture.name)
        strata[picture.groups.get(spread_over or "", "")][unit].append(picture)
    parts: Parts = {"train": [], "validation": [], "test": []}
    owed: dict[Part, float] = {"validation": 0.0, "test": 0.0}
    for _, units in sorted(strata.items()):
        names = sorted(units, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
        shares: dict[Part, float] = {"validation": validation_share, "test": test_share}
        for part, share in shares.items():
            owed[part] += share * len(names)  # what a small look could not give, the next one gives
        for name in names:
            part = max(owed, key=lambda one: owed[one])
            part = part if owed[part] >= 0.5 and len(names) > 1 else "train"
            if part != "train":
                owed[part] -= 1
            parts[part] += units[name]
    return parts


def fold_pictures(
    pictures: Sequence[LabelledPicture], num_folds: int, *, spread_over: Sequence[str] = ()
) -> list[list[LabelledPicture]]:
    """Return the pictures in folds as equal as can be; names and groups alone divide them, not their order.

    Args:
        pictures: of one data set.
        num_folds: at least 2.
        spread_over: groups, such as the look, of whose every member each fold gets its share.

    Raises:
        ValueError: there are fewer pictures than folds.
    """
    if len(pictures) < num_folds:
        raise ValueError(f"at least a picture a fold is required, {num_folds}, found {len(pictures)}")
    in_order = sorted(pictures, key=lambda one: (*(one.groups.get(group, "") for group in spread_over), one.name))
    return [in_order[fold::num_folds] for fold in range(num_folds)]
