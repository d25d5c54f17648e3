"""Scores of consecutive clips become events with a start and an end; the same for live and for batch."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.predictor import EventSpec
from models.results import Classification, result_from_json
from stream.label_track import ClipTime, LabelTrack, Occurrence
from stream.messages import Event, InferenceResult
from stream.people_count import PeopleCount


class EventDetector:
    """Finds the events of one source and model in its results.

    Pure: what it says depends on the results alone, in the order of (epoch, clip index). A repeated
    or late result is ignored. A new epoch, and a hole that no clip covers, end what is open at the
    last time that is known. With independent scores several labels go on at a time; with one
    distribution over the labels a new one ends the old one.

    An event begins where its first voting clip begins to speak (`ClipTime`) and ends where its last
    supporting clip ceases to; it can first be known at the end of the clip that decides, or later by the lag of the
    model's algorithm.
    """

    def __init__(self, source_id: str, model: str, spec: EventSpec) -> None:
        self._source_id, self._model = source_id, model
        self._enter_score, self._begins_mid_clip = spec.enter_score, spec.begins_mid_clip
        self._tracks = {label: LabelTrack(spec) for label in spec.labels}
        self._people = PeopleCount(spec.counted_labels)
        self._last_order = (0, -1)
        self._last_clip: ClipTime | None = None
        self._lag_seconds = 0.0

    def push(self, result: InferenceResult) -> list[Event]:
        """Take one result and return what became known.

        Returns:
            Events whose `end_seconds` is None have begun; the others are over. Every event that is
            over was returned as begun before, under the same `event_id`.
        """
        order = (result.epoch, result.clip_index)
        self._lag_seconds = result.lag_seconds
        if order <= self._last_order or result.result.get("kind") != Classification.kind:
            return []
        classification = result_from_json(result.result)
        if not isinstance(classification, Classification):
            return []
        told = self._end_before_gap(result)
        clip = self._clip_time(result)
        self._last_order, self._last_clip = order, clip
        self._people.add(clip.centre_seconds, classification)
        return told + self._judge(clip, classification)

    def finish(self) -> list[Event]:
        """End what is open at the last known time: the source has ended, or nobody watches it any more."""
        if self._last_clip is None:
            return []
        known_at, self._last_clip = self._last_clip.end_seconds, None
        return [event for label in self._tracks for event in self._close(label, known_at)]

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values: a detector restored from it goes on as if undisturbed."""
        return {
            "last_order": list(self._last_order),
            "lag_seconds": self._lag_seconds,
            "last_clip": asdict(self._last_clip) if self._last_clip else None,
            "tracks": {label: track.snapshot() for label, track in self._tracks.items()},
            "people": self._people.snapshot(),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take on the state that `snapshot` returned; labels that the model no longer has are left out."""
        epoch, clip_index = snapshot["last_order"]
        self._last_order = (epoch, clip_index)
        self._lag_seconds = snapshot.get("lag_seconds", 0.0)
        self._last_clip = ClipTime(**snapshot["last_clip"]) if snapshot["last_clip"] else None
        self._people.restore(snapshot.get("people", ()))
        for label, state in snapshot["tracks"].items():
            if label in self._tracks:
                self._tracks[label].restore(state)

    def _end_before_gap(self, result: InferenceResult) -> list[Event]:
        epoch, clip_index = self._last_order
        is_next = (result.epoch, result.clip_index) == (epoch, clip_index + 1)
        is_covered = result.epoch == epoch and self._last_clip and result.start_seconds <= self._last_clip.end_seconds
        return [] if is_next or is_covered else self.finish()

    def _clip_time(self, result: InferenceResult) -> ClipTime:
        centre = (result.start_seconds + result.end_seconds) / 2
        since = result.start_seconds
        if self._last_clip:
            since = max(since, (self._last_clip.centre_seconds + centre) / 2)
        elif self._begins_mid_clip:
            since = centre
        captured_at = result.captured_at and result.captured_at - result.lag_seconds
        return ClipTime(result.start_seconds, result.end_seconds, since, captured_at)

    def _judge(self, clip: ClipTime, classification: Classification) -> list[Event]:
        scores = dict.fromkeys(self._tracks, 0.0) | dict(zip(classification.labels, classification.scores, strict=True))
        for track in self._tracks.values():
            track.settle_end(clip.since_seconds)
        if not classification.is_multi_label and self._tracks:
            return self._judge_exclusive(clip, scores)
        told = [(label, track.push(clip, scores[label])) for label, track in self._tracks.items()]
        return [self._event(label, occurrence) for label, occurrences in told for occurrence in occurrences]

    def _judge_exclusive(self, clip: ClipTime, scores: Mapping[str, float]) -> list[Event]:
        """One label at a time: the best one may start, at the end of what was supported before it."""
        best = max(self._tracks, key=scores.__getitem__)
        others = {label: track for label, track in self._tracks.items() if label != best}
        free_from = max((track.busy_until_seconds for track in others.values()), default=float("-inf"))
        was_open = self._tracks[best].is_open
        occurrences = self._tracks[best].push(clip, scores[best], not_before=free_from)
        told: list[Event] = []
        for label, track in others.items():
            if self._tracks[best].is_open and not was_open:
                told += self._close(label, clip.end_seconds)
            else:
                is_outvoted = scores[best] >= self._enter_score
                found = track.push(clip, scores[label], is_outvoted=is_outvoted)
                told += [self._event(label, occurrence) for occurrence in found]
        return told + [self._event(best, occurrence) for occurrence in occurrences]

    def _close(self, label: str, known_at: float) -> list[Event]:
        return [self._event(label, occurrence) for occurrence in self._tracks[label].close(known_at)]

    def _event(self, label: str, occurrence: Occurrence) -> Event:
        epoch, _ = self._last_order
        return Event(
            event_id=event_id(self._source_id, self._model, label, epoch, occurrence.start_seconds),
            source_id=self._source_id,
            model=self._model,
            label=label,
            epoch=epoch,
            start_seconds=occurrence.start_seconds,
            end_seconds=occurrence.end_seconds if occurrence.is_over else None,
            peak_score=occurrence.peak_score,
            emitted_at_seconds=(occurrence.known_at_seconds or 0.0) + self._lag_seconds,
            started_at=occurrence.started_at,
            people=self._people.count(label, occurrence.start_seconds, occurrence.end_seconds),
        )


def event_id(source_id: str, model: str, label: str, epoch: int, start_seconds: float) -> str:
    """Name an event by what it is, so that the same results always give the same name."""
    name = "\n".join((source_id, model, label, str(epoch), f"{start_seconds:.6f}"))
    return hashlib.sha256(name.encode()).hexdigest()
