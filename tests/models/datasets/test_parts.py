"""Laws of dividing a data set."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from models.datasets.labelled_video import LabelledVideo, part_named
from models.datasets.parts import divide, groups_in_two_parts


def videos(per_label: int = 20) -> list[LabelledVideo]:
    return [
        LabelledVideo(
            f"{label}{index}",
            Path(f"{label}{index}.mp4"),
            f"table.csv:{index}",
            label=label,
            groups={"subject": f"S{index % 5}"},
        )
        for label in ("sit", "walk")
        for index in range(per_label)
    ]


def parts(found: list[LabelledVideo]) -> dict[str, str | None]:
    return {video.name: video.part for video in found}


def shares(by: str | None = None, seed: int = 0, order: int = 1) -> dict[str, str | None]:
    return parts(divide(videos()[::order], validation_share=0.2, test_share=0.4, by=by, seed=seed))


def test_every_label_is_divided_in_the_same_shares() -> None:
    found = Counter((name.rstrip("0123456789"), part) for name, part in shares().items())
    assert found == {(label, part): count for label in ("sit", "walk") for part, count in
                     (("train", 8), ("validation", 4), ("test", 8))}  # fmt: skip


def test_the_division_depends_on_names_and_seed_alone() -> None:
    assert shares() == shares(order=-1)
    assert shares() != shares(seed=1)


def test_a_subject_is_never_divided() -> None:
    found = divide(videos(), validation_share=0.2, test_share=0.4, by="subject", seed=0)
    assert groups_in_two_parts(found, "subject") == []
    assert {video.part for video in found} == {"train", "validation", "test"}
    assert groups_in_two_parts(divide(videos(), validation_share=0.2, test_share=0.4, by=None, seed=0), "subject")


def test_what_a_data_set_says_itself_stays() -> None:
    given = [replace(video, part="test") for video in videos()]
    assert set(parts(divide(given, validation_share=0.5, test_share=0, by=None, seed=0)).values()) == {"test"}


def test_a_video_without_its_group_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"table\.csv:0: sit0 must say its camera to be divided by it; it says subject"
    ):
        divide(videos(), validation_share=0.2, test_share=0.2, by="camera", seed=0)


@pytest.mark.parametrize(
    ("text", "part"), [("VAL", "validation"), ("train", "train"), (" Test ", "test"), ("holiday", None)]
)
def test_parts_go_by_many_names(text: str, part: str | None) -> None:
    assert part_named(text) == part
