"""How well found events agree with true ones: matched one to one, then counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from models.time_span import TimeSpan


@dataclass(frozen=True)
class Span(TimeSpan):
    """An event with its label, start and end, in seconds of media time."""

    label: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class EventScores:
    """Counts of one or many scenes, and what follows from them."""

    num_true: int
    num_found: int
    num_matched: int

    @property
    def precision(self) -> float:
        """Share of the found events that are true; 1 when nothing was found."""
        return self.num_matched / self.num_found if self.num_found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true events that were found; 1 when there were none."""
        return self.num_matched / self.num_true if self.num_true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 when there was nothing and nothing was found."""
        total = self.num_true + self.num_found
        return 2 * self.num_matched / total if total else 1.0

    @property
    def num_false(self) -> int:
        """Found events that are not true."""
        return self.num_found - self.num_matched

    def __add__(self, other: "EventScores") -> "EventScores":
        return EventScores(
            self.num_true + other.num_true, self.num_found + other.num_found, self.num_matched + other.num_matched
        )


def match_events(truth: Sequence[Span], found: Sequence[Span], tolerance_seconds: float = 1.0) -> EventScores:
    """Match found events to true ones of the same label, at most one each, as many as possible.

    Two events may match when they overlap, or would if either were `tolerance_seconds` longer at
    both ends.

    Raises:
        ValueError: the tolerance is negative.
    """
    return EventScores(len(truth), len(found), len(matched_pairs(truth, found, tolerance_seconds)))


def matched_pairs(
    truth: Sequence[Span], found: Sequence[Span], tolerance_seconds: float = 1.0
) -> list[tuple[int, int]]:
    """Return the matches as pairs of indices into `truth` and `found` (see `match_events`)."""
    return pairs_by(truth, found, overlap_within(tolerance_seconds))


def pairs_by(truth: Sequence[Span], found: Sequence[Span], may_match: "Criterion") -> list[tuple[int, int]]:
    """Return as many pairs of a true and a found event as possible, at most one each, of those that may match."""
    candidates = [[index for index, other in enumerate(found) if may_match(event, other)] for event in truth]
    taken: dict[int, int] = {}
    for index in range(len(truth)):
        _find_partner(index, candidates, taken, set())
    return sorted((true_index, found_index) for found_index, true_index in taken.items())


Criterion = Callable[[Span, Span], bool]
"""Says of a true and a found event whether they may be the same."""


def overlap_within(tolerance_seconds: float) -> Criterion:
    """Events of one label match that overlap, or would if either were so much longer at both ends.

    Raises:
        ValueError: the tolerance is negative.
    """
    if tolerance_seconds < 0:
        raise ValueError(f"tolerance_seconds must be 0 or more, got {tolerance_seconds}")
    return lambda event, other: _may_match(event, other, tolerance_seconds)


def onset_within(before_seconds: float, after_seconds: float) -> Criterion:
    """Events of one label match when the found one starts so little before or after the true one starts.

    Raises:
        ValueError: a limit is negative.
    """
    if before_seconds < 0 or after_seconds < 0:
        raise ValueError(f"limits around the onset must be 0 or more, got {before_seconds} and {after_seconds}")

    def may_match(event: Span, other: Span) -> bool:
        lateness = other.start_seconds - event.start_seconds
        return event.label == other.label and -before_seconds <= lateness <= after_seconds

    return may_match


def overlap_share(required: float) -> Criterion:
    """Events of one label match whose intersection is at least a share of their union (temporal IoU).

    Raises:
        ValueError: the share is not above 0 and at most 1.
    """
    if not 0 < required <= 1:
        raise ValueError(f"the required overlap must be above 0 and at most 1, got {required}")
    return lambda event, other: event.label == other.label and temporal_overlap(event, other) >= required


def temporal_overlap(event: Span, other: Span) -> float:
    """Return the intersection over union of two events, 0..1, whatever their labels."""
    shared = min(event.end_seconds, other.end_seconds) - max(event.start_seconds, other.start_seconds)
    union = max(event.end_seconds, other.end_seconds) - min(event.start_seconds, other.start_seconds)
    return max(shared, 0.0) / union if union > 0 else 1.0


def total_scores(scores: Iterable[EventScores]) -> EventScores:
    """Add up the counts of many scenes."""
    return sum(scores, EventScores(0, 0, 0))


def _may_match(event: Span, other: Span, tolerance_seconds: float) -> bool:
    gap = max(event.start_seconds, other.start_seconds) - min(event.end_seconds, other.end_seconds)
    return event.label == other.label and gap <= tolerance_seconds


def _find_partner(index: int, candidates: list[list[int]], taken: dict[int, int], seen: set[int]) -> bool:
    """Give a true event a found one, moving others on where needed (Kuhn's augmenting paths)."""
    for partner in candidates[index]:
        if partner not in seen:
            seen.add(partner)
            if partner not in taken or _find_partner(taken[partner], candidates, taken, seen):
                taken[partner] = index
                return True
    return False
