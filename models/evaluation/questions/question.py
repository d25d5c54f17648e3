"""A question that an evaluation asks of every video, and its answer over all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from models.evaluation.cases import Case
from models.evaluation.measures import Measure, Measured, Resampling, measure_all

Outcome = TypeVar("Outcome")


class Question(Protocol[Outcome]):
    """Something that can be asked of a video of which the truth is known."""

    name: str
    """Key in the report's JSON."""
    title: str
    explanation: str
    """How it is counted, in words."""
    labels: tuple[str, ...]
    """Labels of which each is judged apart; may be empty."""

    def outcome(self, case: Case) -> Outcome | None:
        """Return what counts of one video; None when the question cannot be asked of it."""

    def measures(self, label: str | None = None) -> list[Measure[Outcome]]:
        """Return what is computed over all labels, or for one label."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What came out of a question."""

    question: Question[Any]
    cases: tuple[Case, ...]
    """Those of which the question could be asked."""
    outcomes: tuple[Any, ...]
    """One a case."""
    measured: tuple[Measured, ...]
    by_label: dict[str, tuple[Measured, ...]] = field(default_factory=dict)
    by_group: dict[str, dict[str, tuple[Measured, ...]]] = field(default_factory=dict)
    """Headline measures by group (camera, subject) and member."""


def answer(
    question: Question[Any],
    cases: Sequence[Case],
    *,
    cluster: str | None,
    groups: Sequence[str],
    resampling: Resampling,
) -> Answer | None:
    """Ask a question of videos; None when it can be asked of none.

    Args:
        question: what to ask.
        cases: the videos.
        cluster: group whose members are drawn as wholes, such as subject; None: every video by itself.
        groups: groups by which to break down the headline measures.
        resampling: how intervals are made.
    """
    asked = [(case, outcome) for case in cases if (outcome := question.outcome(case)) is not None]
    if not asked:
        return None
    members = tuple(case for case, _ in asked)
    outcomes = tuple(outcome for _, outcome in asked)
    clusters = [_cluster_of(case, cluster, index) for index, case in enumerate(members)]
    headline = [measure for measure in question.measures() if measure.is_headline]

    def measure(measures: Sequence[Measure[Any]], chosen: Sequence[int]) -> tuple[Measured, ...]:
        some, some_clusters = [outcomes[index] for index in chosen], [clusters[index] for index in chosen]
        return tuple(measure_all(measures, some, some_clusters, resampling))

    everything = range(len(outcomes))
    return Answer(
        question,
        members,
        outcomes,
        measure(question.measures(), everything),
        {label: measure(question.measures(label), everything) for label in question.labels},
        {
            group: {member: measure(headline, chosen) for member, chosen in _members_of(group, members).items()}
            for group in groups
        },
    )


def _cluster_of(case: Case, cluster: str | None, index: int) -> str:
    """What a video is drawn together with; one without the group stands for itself."""
    member = case.truth.groups.get(cluster) if cluster else None
    return f"of {member}" if member else f"video {index}"


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key by which s2 comes before s10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _members_of(group: str, cases: Sequence[Case]) -> dict[str, list[int]]:
    chosen: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        chosen.setdefault(case.truth.groups.get(group, "not stated"), []).append(index)
    return dict(sorted(chosen.items(), key=lambda item: _natural(item[0])))
