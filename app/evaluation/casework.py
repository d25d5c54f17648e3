"""Puts the truth of each video beside what the model said of it, and says where one is without the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from app.evaluation.prediction_files import Prediction
from models.evaluation.cases import Case, Truth


@dataclass(frozen=True, eq=False)
class Casework:
    """The videos of an evaluation."""

    cases: tuple[Case, ...]
    without_answer: tuple[str, ...]
    """Videos of which the model says nothing; they count in no measure but the share that was read."""
    without_truth: tuple[str, ...]
    """Sources of results of which nothing true is known; they are left out."""
    labels: tuple[str, ...]
    """Of the model, in the order of its scores; empty when it only measures."""
    is_multi_label: bool = False


def join(
    truths: Sequence[Truth],
    predictions: Sequence[Prediction],
    *,
    background: str | None,
    others: Literal["refuse", "ignore"],
) -> Casework:
    """Put truth and predictions together by the names of the videos.

    Raises:
        ValueError: nothing fits, a video has results twice, models' labels differ, or true labels are unknown to the
            model and may not be ignored.
    """
    by_truth = {truth.name: [one for one in predictions if _is_of(one.source, truth)] for truth in truths}
    doubled = [name for name, found in by_truth.items() if len(found) > 1]
    if doubled:
        sources = ", ".join(one.source for one in by_truth[doubled[0]])
        raise ValueError(f"{doubled[0]}: has results of {sources}; one source a video is required")
    used = {id(one) for found in by_truth.values() for one in found}
    if not used:
        raise ValueError(_nothing_fits(truths, predictions))
    labels, is_multi_label = _labels_of([one for one in predictions if id(one) in used])
    cases = [_case(truth, by_truth[truth.name]) for truth in truths]
    if labels:
        cases = _with_known_labels(cases, labels, background, others)
    return Casework(
        tuple(cases),
        tuple(truth.name for truth in truths if not by_truth[truth.name]),
        tuple(one.source for one in predictions if id(one) not in used),
        labels,
        is_multi_label,
    )


def _case(truth: Truth, found: list[Prediction]) -> Case:
    if not found:
        return Case(truth, is_answered=False)
    return Case(truth, found[0].clips, found[0].found, found[0].measurements)


def _is_of(source: str, truth: Truth) -> bool:
    """Whether results of a source are of a video: the same path, or the same last parts of it without extension."""
    if source == truth.location:
        return True
    wanted, given = _parts(truth.name), _parts(source)
    return given[-len(wanted) :] == wanted


def _parts(path: str) -> tuple[str, ...]:
    place = PurePath(path.replace("\\", "/"))
    return (*place.parts[:-1], place.stem)


def _labels_of(predictions: Sequence[Prediction]) -> tuple[tuple[str, ...], bool]:
    kinds = {(one.clips.labels, one.clips.is_multi_label): one.source for one in predictions if one.clips}
    if len(kinds) > 1:
        (first, source), (second, other) = list(kinds.items())[:2]
        raise ValueError(f"one set of labels is required, got {first[0]} in {source} and {second[0]} in {other}")
    return next(iter(kinds)) if kinds else ((), False)


def _with_known_labels(
    cases: Sequence[Case], labels: tuple[str, ...], background: str | None, others: str
) -> list[Case]:
    known = {*labels, background}
    unknown = sorted(
        {span.label for case in cases for span in case.truth.spans or ()} - known
        | {case.truth.label for case in cases if case.truth.label} - known
    )
    if unknown and others == "refuse":
        raise ValueError(
            f"truth.rename must say what the model calls {', '.join(unknown)} (its labels are {', '.join(labels)}); "
            "or say truth.others: ignore to leave them out"
        )
    kept = [case for case in cases if case.truth.label is None or case.truth.label in labels]
    return [_without(case, known) for case in kept]


def _without(case: Case, known: set[str | None]) -> Case:
    if case.truth.spans is None:
        return case
    spans = tuple(span for span in case.truth.spans if span.label in known)
    return replace(case, truth=replace(case.truth, spans=spans))


def _nothing_fits(truths: Sequence[Truth], predictions: Sequence[Prediction]) -> str:
    return (
        f"no result is of any of the {len(truths)} videos of the truth: the first of these is {truths[0].name!r}, "
        f"the first result is of {predictions[0].source!r}; file names must agree"
        if truths and predictions
        else f"truth and results are required, got {len(truths)} videos and {len(predictions)} results"
    )
