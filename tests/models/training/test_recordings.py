"""Which clips of a recording teach what, and in what share they are drawn."""

from collections import Counter

import numpy as np
import pytest

from models.evaluation.events import Span
from models.training.clip_drawing import RecordingSampler
from models.training.recordings import Recording, Wanted, clip_places, frames_of_clip


def recording(name: str, num_frames: int = 40, **said: object) -> Recording:
    frames = np.zeros((num_frames, 4, 6, 3), np.uint8)
    frames[:] = np.arange(num_frames, dtype=np.uint8)[:, None, None, None]
    return Recording(name, frames, 4.0, **said)  # type: ignore[arg-type]


WALK = recording("walk", spans=(Span("walk", 2.0, 5.0),))
WANTED = Wanted(("none", "walk"), border_seconds=0.5)


def test_a_clip_bears_the_label_of_its_centre_and_borders_teach_nothing() -> None:
    places = clip_places(WALK, WANTED, num_frames=4)
    centres = (places.starts + 2) / 4
    assert not set(centres) & {1.75, 2.0, 2.25, 4.75, 5.0, 5.25}
    assert [bool(target) for target in places.targets] == [2 <= centre < 5 for centre in centres]


def test_without_a_none_class_times_of_nothing_are_left_out() -> None:
    places = clip_places(WALK, Wanted(("walk", "sit")), num_frames=4)
    assert set(places.targets) == {0}
    assert len(places.starts) == 12


def test_several_labels_make_a_row_each() -> None:
    both = recording("both", spans=(Span("eat", 1.0, 6.0), Span("sit", 3.0, 9.0)))
    places = clip_places(both, Wanted(("eat", "sit"), has_several_labels=True), num_frames=4, stride_frames=8)
    centres = (places.starts + 2) / 4
    assert dict(zip(centres, map(tuple, places.targets), strict=True)) == {
        0.5: (0, 0), 2.5: (1, 0), 4.5: (1, 1), 6.5: (0, 1), 8.5: (0, 1)
    }  # fmt: skip


def test_a_recording_that_is_too_short_has_one_clip_padded_with_its_last_frame() -> None:
    short = recording("short", num_frames=3, label="walk")
    places = clip_places(short, Wanted(("walk", "sit")), num_frames=8)
    assert places.starts.tolist() == [0]
    assert frames_of_clip(short.frames, range(5))[:, 0, 0, 0].tolist() == [0, 1, 2, 2, 2]


def drawn(sampler: RecordingSampler, count: int = 600) -> Counter[int]:
    rng = np.random.default_rng(0)
    return Counter(int(sampler.draw(rng).target) for _ in range(count))


def test_rare_labels_get_their_share() -> None:
    many = [recording(f"walk{index}", label="walk") for index in range(9)]
    recordings = [*many, recording("sit", label="sit")]
    wanted = Wanted(("walk", "sit"))
    balanced = drawn(RecordingSampler(recordings, wanted, num_frames=4))
    assert balanced[1] / 600 == pytest.approx(0.5, abs=0.07)
    natural = drawn(RecordingSampler(recordings, wanted, num_frames=4, balance=False))
    assert natural[1] / 600 == pytest.approx(0.1, abs=0.05)


def test_the_share_of_nothing_is_as_asked() -> None:
    found = drawn(RecordingSampler([WALK], WANTED, num_frames=4, none_share=0.2))
    assert found[0] / 600 == pytest.approx(0.2, abs=0.06)


def test_a_label_that_never_occurs_is_named() -> None:
    with pytest.raises(ValueError, match="no training video shows sit, stand"):
        RecordingSampler([WALK], Wanted(("none", "walk", "sit", "stand")), num_frames=4)


def test_equal_seeds_draw_equal_clips_and_speed_changes_some() -> None:
    def draw(seed: int, *, change_speed: bool = False) -> list[list[int]]:
        sampler = RecordingSampler([WALK], WANTED, num_frames=16, change_speed=change_speed)
        rng = np.random.default_rng(seed)
        return [sampler.draw(rng).frames[:, 0, 0, 0].tolist() for _ in range(20)]

    assert draw(3) == draw(3)
    assert draw(3) != draw(4)
    assert all(np.all(np.diff(clip) == 1) for clip in draw(3))
    assert not all(np.all(np.diff(clip) == 1) for clip in draw(3, change_speed=True))


def test_a_number_is_asked_of_every_clip() -> None:
    heart = recording("heart", numbers={"ef_percent": 55.0})
    places = clip_places(heart, Wanted(number="ef_percent"), num_frames=16)
    assert places.targets.shape == (25, 1)
    assert RecordingSampler([heart], Wanted(number="ef_percent"), num_frames=16).num_clips == 25
