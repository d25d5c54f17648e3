"""What the network learns from: described clips of a recording, each with what should be said of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.events import Span
from models.falls.description import NUM_NUMBERS, describe
from models.falls.labels import FALL, LABELS
from models.falls.motion import (
    CLIP_FRAMES,
    FRAME_RATE_HZ,
    STEPS,
    Fields,
    Region,
    find_region,
    motion_within,
)
from models.networks.falls import FRAMES_PER_LOOK

UNKNOWN = -1
"""Target of a clip in which it is not clear whether somebody falls."""
_NOT_OTHERS = (UNKNOWN, LABELS.index(FALL))
EARLIEST_SECONDS, LATEST_SECONDS = -0.5, 1.1
"""A clip shows a fall that begins so long after the clip does, at the earliest and at the latest: then what was found
starts where the fall does, even in the first clip of a recording."""
NOT_YET_SECONDS = 1.5
"""A clip in whose first second and a half nobody falls yet shows what is done before."""
REST_SECONDS = 0.3
"""A clip shows a fall only if it lasts so long after the end of it."""
LONG_OVER_SECONDS = 0.2
"""A clip that begins so long after the end of a fall shows somebody who lies there."""
OTHER_MARGINS = (0.9, 1.4)
"""Factors on the side of the region that is looked at, in training."""
OTHER_PLACE = 0.06
"""Standard deviation of its place, in sides, in training."""

FindRegion = Callable[[Fields], Region]
"""Says where to look in a clip."""


@dataclass(frozen=True, eq=False)
class Watched:
    """One recording as training reads it: its flow and brightness, and what is true when."""

    name: str
    source: str
    """What kind of recording it is: recorded, ordinary, home, bedside."""
    group: str
    """Whose recording it is."""
    fields: Fields
    spans: tuple[Span, ...]
    """On the time of the fields. A fall lasts from the loss of balance to the floor."""

    @property
    def falls(self) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.label == FALL)

    @property
    def hours(self) -> float:
        return len(self.fields.greys) / FRAME_RATE_HZ / 3600


@dataclass(frozen=True, eq=False)
class Examples:
    """The described clips of one recording."""

    starts: np.ndarray
    """Index of the first frame of each, (M,)."""
    targets: np.ndarray
    """Index into `LABELS`, or `UNKNOWN`, (M,)."""
    numbers: np.ndarray
    """float32, (M, STEPS, NUM_NUMBERS)."""


def clip_starts(num_frames: int) -> np.ndarray:
    """Return where the clips of a recording start as they are served; one that is too short has a single clip."""
    return np.arange(0, max(num_frames - CLIP_FRAMES, 0) + 1, FRAMES_PER_LOOK)


def target_of(watched: Watched, start: int) -> int:
    """Return what should be said of the clip that starts at a frame, as index into `LABELS`, or `UNKNOWN`."""
    begin, end = start / FRAME_RATE_HZ, (start + CLIP_FRAMES) / FRAME_RATE_HZ
    for fall in watched.falls:
        wait = fall.start_seconds - begin
        if EARLIEST_SECONDS <= wait <= LATEST_SECONDS and fall.end_seconds + REST_SECONDS <= end:
            return LABELS.index(FALL)
        if wait < NOT_YET_SECONDS and begin < fall.end_seconds + LONG_OVER_SECONDS:
            return UNKNOWN
    centre = (begin + end) / 2
    told = [span.label for span in watched.spans if span.label != FALL and _covers(span, centre)]
    return LABELS.index(told[0]) if told else 0


def served_examples(watched: Watched) -> Examples:
    """Return the clips of a recording as they are served."""
    starts = clip_starts(len(watched.fields.greys))
    return _examples(watched, [(int(start), _region_of) for start in starts])


def taught_examples(watched: Watched, *, num_regions: int, rng: np.random.Generator) -> Examples:
    """Return the clips of a recording to learn from: falls at every start, each looked at with other margins too."""

    def elsewhere(fields: Fields) -> Region:
        region = find_region(fields.flows)
        side = region.side * rng.uniform(*OTHER_MARGINS)
        left, top = (
            corner + (region.side - side) / 2 + rng.normal(0, OTHER_PLACE) * side
            for corner in (region.left, region.top)
        )
        return Region(float(left), float(top), float(side))

    length = len(watched.fields.greys)
    every = range(max(length - CLIP_FRAMES, 0) + 1)
    falling = [start for start in every if target_of(watched, start) == LABELS.index(FALL)]
    others = [int(start) for start in clip_starts(length) if target_of(watched, int(start)) not in _NOT_OTHERS]
    clips = [(start, _region_of) for start in (*falling, *others)]
    return _examples(watched, [*clips, *((start, elsewhere) for start in falling * (num_regions - 1))])


def _examples(watched: Watched, clips: Sequence[tuple[int, FindRegion]]) -> Examples:
    numbers = [_described(_cut(watched.fields, start), find) for start, find in clips]
    return Examples(
        np.array([start for start, _ in clips], np.int64),
        np.array([target_of(watched, start) for start, _ in clips], np.int64),
        np.stack(numbers) if numbers else np.empty((0, STEPS, NUM_NUMBERS), np.float32),
    )


def _described(fields: Fields, find: FindRegion) -> np.ndarray:
    return describe(motion_within(fields, find(fields)))


def _region_of(fields: Fields) -> Region:
    return find_region(fields.flows)


def _cut(fields: Fields, start: int) -> Fields:
    """Return the fields of one clip; where the recording ends before it, its last frame is repeated."""
    greys, flows = fields.greys[start : start + CLIP_FRAMES], fields.flows[start : start + STEPS]
    missing = CLIP_FRAMES - len(greys)
    if missing:
        greys = np.concatenate([greys, np.repeat(greys[-1:], missing, axis=0)])
        flows = np.concatenate([flows, np.zeros((missing, *flows.shape[1:]), flows.dtype)])
    return Fields(flows, greys)


def _covers(span: Span, seconds: float) -> bool:
    return span.start_seconds <= seconds < span.end_seconds
