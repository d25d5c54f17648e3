"""Laws of the clips from which falls are learned."""

import numpy as np
import pytest

from models.evaluation.events import Span
from models.falls.labels import LABELS
from models.falls.motion import CLIP_FRAMES, FRAME_RATE_HZ, STEPS, Fields
from models.training.falls.examples import UNKNOWN, Watched, clip_starts, served_examples, target_of, taught_examples
from models.training.falls.materials import with_short_falls

CLIP_SECONDS = CLIP_FRAMES / FRAME_RATE_HZ


def watched(num_frames: int = 90, spans: tuple[Span, ...] = ()) -> Watched:
    rng = np.random.default_rng(1)
    flows = rng.normal(0, 0.3, (num_frames - 1, 12, 16, 2)).astype(np.float16)
    return Watched("v", "home", "v", Fields(flows, rng.integers(0, 255, (num_frames, 12, 16), dtype=np.uint8)), spans)


FALLEN = watched(spans=(Span("walking", 0, 5.0), Span("fall", 5.0, 6.2)))


def start_at(seconds: float) -> int:
    return round(seconds * FRAME_RATE_HZ)


@pytest.mark.parametrize(
    ("begin_seconds", "label"),
    [
        (0.0, "walking"),
        (3.3, "walking"),  # nobody falls before its middle
        (4.0, "fall"),  # one second until the balance is lost
        (5.3, "fall"),
        (6.6, "other"),  # lies there
    ],
)
def test_a_clip_shows_a_fall_that_begins_in_its_first_second(begin_seconds: float, label: str) -> None:
    assert target_of(FALLEN, start_at(begin_seconds)) == LABELS.index(label)


@pytest.mark.parametrize("begin_seconds", [3.7, 5.7, 6.2])
def test_nothing_is_asked_of_a_clip_that_shows_a_fall_too_late_or_half_of_it(begin_seconds: float) -> None:
    assert target_of(FALLEN, start_at(begin_seconds)) == UNKNOWN


def test_a_clip_that_ends_before_the_person_lies_still_shows_no_fall_yet() -> None:
    slow = watched(spans=(Span("fall", 5.0, 8.0),))
    assert target_of(slow, start_at(4.0)) == UNKNOWN


def test_served_clips_are_those_of_the_running_system() -> None:
    examples = served_examples(FALLEN)
    assert np.array_equal(examples.starts, np.arange(0, 90 - CLIP_FRAMES + 1, 3))
    assert examples.numbers.shape[:2] == (len(examples.starts), STEPS)


def test_a_recording_that_is_too_short_has_one_clip() -> None:
    assert list(clip_starts(5)) == [0]
    assert served_examples(watched(num_frames=5)).numbers.shape[:2] == (1, STEPS)


def test_falls_are_taught_at_every_start_and_in_more_than_one_way() -> None:
    rng = np.random.default_rng(0)
    once, twice = (taught_examples(FALLEN, num_regions=number, rng=rng) for number in (1, 2))
    falls = [int((one.targets == LABELS.index("fall")).sum()) for one in (once, twice)]
    assert falls[1] == 2 * falls[0] > 2 * len(clip_starts(90)) / 4
    assert UNKNOWN not in once.targets


def test_a_fall_that_lasts_until_the_recording_ends_is_over_on_the_floor() -> None:
    spans = with_short_falls((Span("fall", 2.0, 9.0), Span("walking", 0.0, 2.0)), 1.4)
    assert spans == (Span("fall", 2.0, 3.4), Span("walking", 0.0, 2.0))
