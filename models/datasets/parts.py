"""Divides a data set into training, validation and test, where it does not say so itself."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.datasets.labelled_video import LabelledVideo, Part


def divide(
    videos: Sequence[LabelledVideo], *, validation_share: float, test_share: float, by: str | None, seed: int
) -> list[LabelledVideo]:
    """Return the videos, each with its part; those that have one keep it.

    What belongs together never gets apart: the videos of one subject, say, all go to one part. Labels are spread
    evenly over the parts. The division depends on the names and the seed alone, not on the order.

    Args:
        validation_share: of the groups of each label, 0..1.
        test_share: likewise.
        by: name of a group, such as subject or camera, that must not be divided; None: each video by itself.
        seed: another one divides otherwise.

    Raises:
        ValueError: a video does not say which group it belongs to.
    """
    units: dict[str, list[LabelledVideo]] = defaultdict(list)
    for video in videos:
        if video.part is None:
            units[_unit_of(video, by)].append(video)
    by_label: dict[str, list[str]] = defaultdict(list)
    for name, members in units.items():
        by_label[_main_label(members)].append(name)
    parts: dict[str, Part] = {}
    for names in by_label.values():
        names.sort(key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
        num_validation, num_test = round(len(names) * validation_share), round(len(names) * test_share)
        parts |= dict.fromkeys(names, "train")
        parts |= dict.fromkeys(names[:num_validation], "validation")
        parts |= dict.fromkeys(names[num_validation : num_validation + num_test], "test")
    return [video if video.part else replace(video, part=parts[_unit_of(video, by)]) for video in videos]


def groups_in_two_parts(videos: Iterable[LabelledVideo], by: str) -> list[str]:
    """Return the groups of which some videos train and others test: whoever finds one must not trust the metrics."""
    parts: dict[str, set[Part]] = defaultdict(set)
    for video in videos:
        if by in video.groups and video.part:
            parts[video.groups[by]].add(video.part)
    return sorted(name for name, found in parts.items() if len(found) > 1)


def _unit_of(video: LabelledVideo, by: str | None) -> str:
    if by is None:
        return str(video.path)
    if by not in video.groups:
        known = ", ".join(video.groups) or "none"
        raise ValueError(f"{video.origin}: {video.name} must say its {by} to be divided by it; it says {known}")
    return video.groups[by]


def _main_label(members: Sequence[LabelledVideo]) -> str:
    labels = Counter[str]()
    for video in members:
        labels.update([video.label] if video.label else [])
        labels.update(span.label for span in video.spans or ())
    return max(sorted(labels), key=labels.__getitem__, default="")
