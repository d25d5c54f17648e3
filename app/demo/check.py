"""Whether a bounded demo did its whole job: results, events, a signed alert, a closed account."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.receiver import Receipts
from app.demo.scenes import Camera
from models.evaluation.events import Span, match_events
from stream.bus import Bus
from stream.messages import Event
from stream.queue.account import Account
from stream.queue.result_feed import ResultFeed

MIN_F1 = 0.7
MIN_EVENTS = 4
TOLERANCE_SECONDS = 2.0
SETTLE_SECONDS = 15.0


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    is_right: bool
    text: str


def check(
    bus: Bus,
    *,
    cameras: Sequence[Camera],
    source_ids: Sequence[str],
    events: Sequence[Event],
    receipts: Receipts,
    watched_until_at: float,
) -> list[Finding]:
    """Hold what the system said until a wall time against the simulator's truth and the account."""
    return [
        *(_results(bus, source_id) for source_id in source_ids),
        _event_f1(cameras, events, watched_until_at),
        _webhook(receipts),
        _account(bus),
    ]


def settle(bus: Bus) -> None:
    """Wait until no clip is in flight, or the time is up."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while any(row.in_flight for row in Account(bus).clips()) and time.monotonic() < deadline:
        time.sleep(0.1)


def _results(bus: Bus, source_id: str) -> Finding:
    scored = sum(row.scored for row in Account(bus).clips() if row.source_id == source_id)
    recent = any(result.source_id == source_id for result in ResultFeed(bus).recent(1000))
    return Finding(scored > 0 and recent, f"{source_id}: {scored} clips scored")


def _event_f1(cameras: Sequence[Camera], events: Sequence[Event], until_at: float) -> Finding:
    truth: list[Span] = []
    found: list[Span] = []
    for camera in cameras:
        # One time axis for all cameras would let the events of one match those of another.
        label = camera.scene.source_id
        truth += [_within(event, label) for event in true_events(camera, until_at)]
        found += [
            Span(f"{label}/{event.label}", event.started_at, _ended_at(event))
            for event in events
            if event.source_id == label
        ]
    scores = match_events(truth, found, tolerance_seconds=TOLERANCE_SECONDS)
    is_right = len(truth) >= MIN_EVENTS and scores.f1 >= MIN_F1
    return Finding(
        is_right,
        f"event F1 {scores.f1:.2f} over {len(truth)} true events, {len(found)} found "
        f"(precision {scores.precision:.2f}, recall {scores.recall:.2f}; at least {MIN_F1} over {MIN_EVENTS})",
    )


def true_events(camera: Camera, until_at: float) -> list[Span]:
    """Return the events of the looped scene that were over by a wall time, in wall time."""
    if camera.playing_since_at is None:
        return []
    duration = camera.scene.duration_seconds
    num_loops = int((until_at - camera.playing_since_at) // duration) + 1
    shifted = [
        Span(event.label, event.start_seconds + offset, event.end_seconds + offset)
        for loop in range(num_loops)
        for offset in [camera.playing_since_at + loop * duration]
        for event in camera.scene.events
    ]
    return [event for event in shifted if event.end_seconds <= until_at]


def _within(event: Span, source_id: str) -> Span:
    return Span(f"{source_id}/{event.label}", event.start_seconds, event.end_seconds)


def _ended_at(event: Event) -> float:
    end_seconds = event.end_seconds if event.end_seconds is not None else event.emitted_at_seconds
    return event.started_at + end_seconds - event.start_seconds


def _webhook(receipts: Receipts) -> Finding:
    num_verified = len(receipts.verified)
    return Finding(
        num_verified > 0 and not receipts.num_refused,
        f"{num_verified} alerts reached the receiver with a valid signature, {receipts.num_refused} without",
    )


def _account(bus: Bus) -> Finding:
    rows = Account(bus).clips()
    produced, scored = sum(row.produced for row in rows), sum(row.scored for row in rows)
    dropped = sum(sum(row.dropped.values()) for row in rows)
    dead, in_flight = sum(row.dead for row in rows), sum(row.in_flight for row in rows)
    is_closed = bool(rows) and all(row.is_closed for row in rows)
    return Finding(
        is_closed,
        f"account {'closed' if is_closed else 'DOES NOT CLOSE'}: {produced} produced = {scored} scored "
        f"+ {dropped} dropped + {dead} dead + {in_flight} in flight",
    )
