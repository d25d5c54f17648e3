"""One label of one source: when its scores make an occurrence, and from when to when."""

from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

from models.predictor import EventSpec


@dataclass(frozen=True)
class ClipTime:
    """The media time that a clip covers, and the part of it for which the clip speaks.

    A clip speaks for the time that is nearer to its centre than to the centre of any other clip: a
    model that looks at [start, end] says best what happens in the middle. The first clip after a
    beginning or a gap speaks from its own start, or from its middle where `EventSpec.begins_mid_clip` says so; the last
    one up to its own end.
    """

    start_seconds: float
    end_seconds: float
    since_seconds: float
    """Where the part for which this clip speaks begins."""
    captured_at: float
    """Wall time of the clip's end; 0 when there is none (a file that is analysed at full speed)."""

    @property
    def centre_seconds(self) -> float:
        return (self.start_seconds + self.end_seconds) / 2

    def wall_time(self, seconds: float) -> float:
        """Return the wall time of a media time near this clip; 0 when it is not known."""
        return max(0.0, self.captured_at - (self.end_seconds - seconds)) if self.captured_at else 0.0


@dataclass(frozen=True)
class Occurrence:
    """What a label did once: a start, the end so far, the highest score."""

    start_seconds: float
    started_at: float
    end_seconds: float
    """End of the time for which the last supporting clip speaks, as far as it is known."""
    peak_score: float
    is_over: bool = False
    known_at_seconds: float | None = None
    """End of the clip that made it long enough to be told; None until then."""


@dataclass(frozen=True)
class _Vote:
    is_for: bool
    """The clip votes for a start or, while an occurrence is open, for its end."""
    score: float
    since_seconds: float


class LabelTrack:
    """Hysteresis, N-of-M votes, minimum duration and merging for one label.

    Every change (a start, an end) starts the count of votes afresh, so that no clip counts twice.
    """

    def __init__(self, spec: EventSpec) -> None:
        self._spec = spec
        self._votes: list[_Vote] = []
        self._open: Occurrence | None = None
        self._held: Occurrence | None = None  # over, but a near successor would continue it
        self._is_latest_support = False
        self._last_end_seconds = float("-inf")

    @property
    def is_open(self) -> bool:
        return self._open is not None

    @property
    def busy_until_seconds(self) -> float:
        """End, as far as it is known, of the last occurrence since the track was last closed."""
        return self._open.end_seconds if self._open else self._last_end_seconds

    def settle_end(self, boundary_seconds: float) -> None:
        """Say that the next clip speaks from `boundary_seconds` on, so that the latest one's part ends there."""
        if self._open and self._is_latest_support:
            self._open = replace(self._open, end_seconds=min(self._open.end_seconds, boundary_seconds))

    def push(
        self, clip: ClipTime, score: float, *, is_outvoted: bool = False, not_before: float = float("-inf")
    ) -> list[Occurrence]:
        """Take the next clip's score and return what became known: occurrences that began or are over.

        Args:
            clip: when the clip was.
            score: what it says of this label.
            is_outvoted: another label has this clip, so that it can neither start nor support this one.
            not_before: an occurrence that starts now starts at this time or later.
        """
        if self._open:
            told = self._continue(clip, score, is_outvoted)
        else:
            self._vote(not is_outvoted and score >= self._spec.enter_score, clip, score)
            told = self._start(clip, not_before) if self._has_quorum else []
        return [*told, *self._release(clip)]

    def close(self, known_at_seconds: float) -> list[Occurrence]:
        """End what is open, and forget the votes: nothing that follows belongs to it."""
        told = self._end(known_at_seconds) if self._open else []
        if self._held:
            told += self._tell_over(self._held)
        self._held, self._last_end_seconds = None, float("-inf")
        self._votes.clear()
        return told

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return {
            "votes": [asdict(vote) for vote in self._votes],
            "open": asdict(self._open) if self._open else None,
            "held": asdict(self._held) if self._held else None,
            "is_latest_support": self._is_latest_support,
            "last_end_seconds": self._last_end_seconds if isfinite(self._last_end_seconds) else None,
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take on the state that `snapshot` returned."""
        self._votes = [_Vote(**vote) for vote in snapshot["votes"]]
        self._open = Occurrence(**snapshot["open"]) if snapshot["open"] else None
        self._held = Occurrence(**snapshot["held"]) if snapshot["held"] else None
        self._is_latest_support = snapshot["is_latest_support"]
        last_end_seconds = snapshot["last_end_seconds"]
        self._last_end_seconds = float("-inf") if last_end_seconds is None else last_end_seconds

    @property
    def _has_quorum(self) -> bool:
        return sum(vote.is_for for vote in self._votes) >= self._spec.votes

    def _vote(self, is_for: bool, clip: ClipTime, score: float) -> None:
        self._votes.append(_Vote(is_for, score, clip.since_seconds))
        del self._votes[: -self._spec.window]

    def _start(self, clip: ClipTime, not_before: float) -> list[Occurrence]:
        supporting = [vote for vote in self._votes if vote.is_for]
        start = max(supporting[0].since_seconds, not_before)
        peak = max(vote.score for vote in supporting)
        begun = Occurrence(start, clip.wall_time(start), clip.end_seconds, peak)
        if self._held and start - self._held.end_seconds < self._spec.merge_gap_seconds:
            peak = max(peak, self._held.peak_score)
            begun = replace(self._held, end_seconds=clip.end_seconds, peak_score=peak, is_over=False)
            self._held = None
        told = self._tell_over(self._held) if self._held else []
        self._open, self._held, self._is_latest_support = begun, None, True
        self._votes.clear()
        return [*told, *self._tell_begun(clip.centre_seconds, clip.end_seconds)]

    def _continue(self, clip: ClipTime, score: float, is_outvoted: bool) -> list[Occurrence]:
        self._is_latest_support = score >= self._spec.leave_score and not is_outvoted
        self._vote(not self._is_latest_support, clip, score)
        if self._has_quorum:
            return self._end(clip.end_seconds)
        if self._open and self._is_latest_support:
            self._open = replace(self._open, end_seconds=clip.end_seconds, peak_score=max(score, self._open.peak_score))
            return self._tell_begun(clip.centre_seconds, clip.end_seconds)
        return []

    def _tell_begun(self, reached_seconds: float, known_at_seconds: float) -> list[Occurrence]:
        """Tell of the open occurrence once, when it has certainly lasted long enough."""
        begun = self._open
        if begun is None or begun.known_at_seconds is not None:
            return []
        if reached_seconds - begun.start_seconds < self._spec.minimum_duration_seconds:
            return []
        self._open = replace(begun, known_at_seconds=known_at_seconds)
        return [self._open]

    def _end(self, known_at_seconds: float) -> list[Occurrence]:
        if self._open is None:
            return []
        told = self._tell_begun(self._open.end_seconds, known_at_seconds)
        self._last_end_seconds = self._open.end_seconds
        self._held, self._open, self._is_latest_support = replace(self._open, is_over=True), None, False
        self._votes.clear()
        return told

    def _release(self, clip: ClipTime) -> list[Occurrence]:
        """Tell that the held occurrence is over once nothing that may still begin could continue it."""
        if self._held is None:
            return []
        candidates = [vote.since_seconds for vote in self._votes if vote.is_for]
        earliest = candidates[0] if candidates else clip.centre_seconds
        if earliest - self._held.end_seconds < self._spec.merge_gap_seconds:
            return []
        told, self._held = self._tell_over(self._held), None
        return told

    @staticmethod
    def _tell_over(over: Occurrence) -> list[Occurrence]:
        return [over] if over.known_at_seconds is not None else []
