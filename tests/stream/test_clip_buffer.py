"""Laws of the clip buffer: time decides, every frame is handed over once, no clip spans two epochs."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.predictor import ClipSpec
from stream.clip_buffer import TOLERANCE_SECONDS, BufferOutput, ClipBuffer, PickedFrame
from stream.clip_sampler import PlannedClip
from stream.errors import SourceRefused
from stream.sources.frame import DecodedFrame

SPEC = ClipSpec(num_frames=8, frame_rate_hz=10.0, stride_seconds=0.4, short_side=12)


@dataclass
class CountingPicture:
    """A grey picture that counts how often it was resized."""

    grey: int = 0
    num_resized: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def to_rgb(self, height: int, width: int) -> np.ndarray:
        self.num_resized += 1
        self.sizes.append((height, width))
        return np.full((height, width, 3), self.grey % 256, np.uint8)


def frames_at(
    times: Iterable[float | None], *, width: int = 32, height: int = 24, damaged: Sequence[int] = ()
) -> list[DecodedFrame]:
    return [
        DecodedFrame(pts, 1000.0 + index, width, height, CountingPicture(index), index in damaged)
        for index, pts in enumerate(times)
    ]


@dataclass
class Played:
    """All that a buffer gave for a source."""

    picked: list[PickedFrame] = field(default_factory=list)
    clips: list[PlannedClip] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def add(self, output: BufferOutput) -> None:
        self.picked += output.picked
        known = {frame.frame_id for frame in self.picked}
        assert all(set(clip.frame_ids) <= known for clip in output.clips), "a clip names a frame not handed over yet"
        self.clips += output.clips
        self.dropped.update(output.dropped)

    @property
    def times(self) -> dict[int, float]:
        return {frame.frame_id: frame.pts_seconds for frame in self.picked}


def play(frames: Iterable[DecodedFrame], *specs: ClipSpec, finish: bool = True) -> Played:
    """Play frames as the ingester does: a discontinuity starts the next epoch."""
    buffer = ClipBuffer("cam", {f"model{index}": spec for index, spec in enumerate(specs or (SPEC,))})
    played = Played()
    for frame in frames:
        if buffer.discontinuity(frame):
            played.add(buffer.start_epoch(buffer.epoch + 1))
        played.add(buffer.push(frame))
    if finish:
        played.add(buffer.finish())
    return played


def grid_of(clip: PlannedClip, spec: ClipSpec, origin: float = 0.0) -> np.ndarray:
    first_point = clip.clip_index * spec.stride_frames
    return origin + (first_point + np.arange(spec.num_frames)) / spec.frame_rate_hz


def assert_on_grid(clip: PlannedClip, spec: ClipSpec, all_times: Sequence[float]) -> None:
    """Every frame of an unpadded clip is the nearest there is to its point of the grid."""
    grid = grid_of(clip, spec, origin=all_times[0])
    nearest = np.abs(np.asarray(all_times)[None] - grid[:, None]).min(axis=1)
    assert np.all(np.abs(np.asarray(clip.pts_seconds) - grid) <= nearest + 2 * TOLERANCE_SECONDS)


# -- speed -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source_rate_hz", [5.0, 9.97, 10.0, 21.0, 25.0, 30000 / 1001, 120.0])
def test_clips_run_at_the_right_speed_whatever_rate_the_source_keeps(source_rate_hz: float) -> None:
    times = [7.0 + index / source_rate_hz for index in range(math.ceil(6 * source_rate_hz))]
    played = play(frames_at(times))
    assert len(played.clips) == (60 - SPEC.num_frames) // SPEC.stride_frames + 1
    for clip in played.clips:
        assert_on_grid(clip, SPEC, times)
        error = np.asarray(clip.pts_seconds) - grid_of(clip, SPEC, origin=7.0)
        assert np.abs(error).max() <= 0.5 / source_rate_hz + TOLERANCE_SECONDS


@given(
    st.lists(st.floats(0.004, 0.5), min_size=1, max_size=150),
    st.sampled_from([SPEC, ClipSpec(4, 25.0, 0.16, 8), ClipSpec(1, 3.0, 1 / 3, 8), ClipSpec(5, 8.0, 1.25, 8)]),
)
def test_each_frame_of_a_clip_is_the_nearest_to_its_time(steps: list[float], spec: ClipSpec) -> None:
    times = list(np.cumsum([0.0, *steps]))
    for clip in play(frames_at(times), spec).clips:
        if clip.num_padded == 0:
            assert_on_grid(clip, spec, times)
        assert list(clip.pts_seconds) == sorted(clip.pts_seconds)


def test_a_slow_source_repeats_the_identity_of_a_held_frame() -> None:
    clip = play(frames_at([0.0, 0.2, 0.4, 0.6, 0.8])).clips[0]
    assert len(set(clip.frame_ids)) == 4
    assert len(clip.frame_ids) == 8


def test_a_clip_comes_with_its_last_frame_and_not_a_frame_later() -> None:
    buffer = ClipBuffer("cam", {"model": SPEC})
    outputs = [buffer.push(frame) for frame in frames_at([index / 10 for index in range(8)])]
    assert [len(output.clips) for output in outputs] == [0] * 7 + [1]


# -- once --------------------------------------------------------------------------------------------------------


def test_a_frame_is_resized_once_however_many_models_and_overlapping_clips_use_it() -> None:
    frames = frames_at([index / 25 for index in range(250)])
    specs = [SPEC, ClipSpec(16, 25.0, 0.04, 18), ClipSpec(8, 12.5, 0.16, 10)]
    played = play(frames, *specs)
    assert {frame.picture.num_resized for frame in frames} == {1}
    assert {frame.picture.sizes[0] for frame in frames} == {(18, 24)}, "the largest side that any model asks for"
    ids = [frame.frame_id for frame in played.picked]
    assert ids == sorted(set(ids))
    assert len({clip.model for clip in played.clips}) == 3


def test_a_frame_that_no_model_wants_is_never_resized() -> None:
    frames = frames_at([index / 60 for index in range(180)])
    played = play(frames)
    assert played.dropped["not_sampled"] == sum(frame.picture.num_resized == 0 for frame in frames)
    assert len(played.picked) == 30


@given(st.lists(st.tuples(st.sampled_from([0.02, 0.04, 0.11, 3.0, 0.0, -0.03, -5.0]), st.booleans(), st.booleans())))
def test_every_frame_is_picked_once_or_dropped_with_a_reason(steps: list[tuple[float, bool, bool]]) -> None:
    now, times, damaged = 10.0, [], []
    for index, (step, is_missing, is_damaged) in enumerate(steps):
        now += step
        times.append(None if is_missing else now)
        damaged += [index] if is_damaged else []
    frames = frames_at(times, damaged=damaged)
    played = play(frames, SPEC, ClipSpec(3, 4.0, 0.25, 8))
    assert len(played.picked) + played.dropped.total() == len(frames)
    assert all(frame.picture.num_resized <= 1 for frame in frames)
    assert len({frame.frame_id for frame in played.picked}) == len(played.picked)


@given(st.lists(st.floats(0.01, 0.2), max_size=80))
def test_the_buffer_holds_at_most_the_frame_that_is_still_undecided(steps: list[float]) -> None:
    buffer, num_decided = ClipBuffer("cam", {"model": SPEC}), 0
    for index, frame in enumerate(frames_at(np.cumsum([0.0, *steps]).tolist())):
        output = buffer.push(frame)
        num_decided += len(output.picked) + sum(output.dropped.values())
        assert index + 1 - num_decided <= 1


# -- bad times ---------------------------------------------------------------------------------------------------


def test_missing_times_are_interpolated_between_their_neighbours() -> None:
    times = [index / 10 for index in range(30)]
    holed = [None if index % 4 in (1, 2) else pts for index, pts in enumerate(times)]
    whole, mended = play(frames_at(times)), play(frames_at(holed))
    assert mended.dropped == whole.dropped == Counter()
    for clip, expected in zip(mended.clips, whole.clips, strict=True):
        assert clip.frame_ids == expected.frame_ids
        assert clip.pts_seconds == pytest.approx(expected.pts_seconds)


def test_times_missing_at_the_end_go_on_at_the_pace_of_the_source() -> None:
    played = play(frames_at([0.0, 0.1, 0.2, 0.3, 0.4, None, None, None]))
    assert played.clips[0].pts_seconds == pytest.approx([index / 10 for index in range(8)])


def test_frames_that_cannot_be_placed_are_counted() -> None:
    never = play(frames_at([None] * 20))
    assert (never.clips, never.dropped) == ([], Counter(no_pts=20))
    first = play(frames_at([None, 0.04, 0.08]))
    assert first.dropped["no_pts"] == 1


def test_a_long_run_without_times_holds_few_frames_and_keeps_the_speed() -> None:
    times = [index / 10 for index in range(40)]
    holed = [None if 10 <= index < 25 else pts for index, pts in enumerate(times)]
    played = play(frames_at(holed))
    assert played.dropped["no_pts"] == 15 - 4
    placed = {frame.frame_id & 0xFFFFFFFF: frame.pts_seconds for frame in played.picked}
    assert all(pts == pytest.approx(index / 10) for index, pts in placed.items())


def test_a_time_that_does_not_rise_drops_its_frame() -> None:
    played = play(frames_at([0.0, 0.1, 0.1, 0.1, 0.05, 0.2, 0.3]))
    assert played.dropped["pts_not_rising"] == 3
    assert [frame.pts_seconds for frame in played.picked] == [0.0, 0.1, 0.2, 0.3]


def test_a_damaged_frame_reaches_no_model() -> None:
    frames = frames_at([index / 10 for index in range(20)], damaged=[4, 5])
    played = play(frames)
    assert played.dropped["damaged"] == 2
    assert [frame.picture.num_resized for frame in frames[4:6]] == [0, 0]
    assert {5, 4}.isdisjoint(frame.frame_id & 0xFFFFFFFF for frame in played.picked)


# -- epochs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2.5, -2.5])
def test_a_jump_of_the_timestamps_starts_an_epoch_and_no_clip_spans_it(jump: float) -> None:
    times = [5000 + index / 10 + (jump if index >= 33 else 0.0) for index in range(66)]
    played = play(frames_at(times))
    assert {clip.epoch for clip in played.clips} == {1, 2}
    for clip in played.clips:
        assert {frame_id >> 32 for frame_id in clip.frame_ids} == {clip.epoch}
        assert clip.pts_seconds[-1] - clip.pts_seconds[0] == pytest.approx(0.7)
    for epoch in (1, 2):
        indices = [clip.clip_index for clip in played.clips if clip.epoch == epoch]
        assert indices == list(range(len(indices))), "clips of an epoch are numbered from 0 without holes"


def test_a_change_of_resolution_starts_an_epoch_so_that_no_clip_mixes_sizes() -> None:
    small = frames_at([index / 10 for index in range(20)])
    large = frames_at([2 + index / 10 for index in range(20)], width=64, height=48)
    played = play([*small, *large])
    assert {clip.epoch for clip in played.clips} == {1, 2}
    assert all(len({frame_id >> 32 for frame_id in clip.frame_ids}) == 1 for clip in played.clips)


def test_pushing_across_a_discontinuity_is_refused() -> None:
    buffer = ClipBuffer("cam", {"model": SPEC})
    first, second = frames_at([0.0, 9.0])
    buffer.push(first)
    assert buffer.discontinuity(second) == "the timestamps jumped by +9.000 s"
    with pytest.raises(ValueError, match="frame 1 of epoch 1 needs a new epoch: the timestamps jumped"):
        buffer.push(second)


def test_a_short_epoch_before_a_jump_gives_no_padded_clip() -> None:
    played = play(frames_at([0.0, 0.1, 0.2, *(50 + index / 10 for index in range(8))]))
    assert [(clip.epoch, clip.num_padded) for clip in played.clips] == [(2, 0)]


# -- ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_frames", [1, 3, 7])
def test_a_source_shorter_than_a_clip_gives_one_clip_padded_with_its_last_frame(num_frames: int) -> None:
    played = play(frames_at([index / 10 for index in range(num_frames)]))
    (clip,) = played.clips
    assert clip.num_padded == 8 - num_frames
    assert clip.frame_ids == (
        *range(1 << 32, (1 << 32) + num_frames),
        *([(1 << 32) + num_frames - 1] * (8 - num_frames)),
    )
    assert clip.end_seconds == pytest.approx(num_frames / 10)


@pytest.mark.parametrize(("num_frames", "num_clips"), [(8, 1), (11, 1), (12, 2), (16, 3), (80, 19)])
def test_only_whole_clips_come_of_a_source_long_enough(num_frames: int, num_clips: int) -> None:
    played = play(frames_at([index / 10 for index in range(num_frames)]))
    assert [clip.clip_index for clip in played.clips] == list(range(num_clips))
    assert all(clip.num_padded == 0 for clip in played.clips)


def test_a_source_of_an_exact_multiple_is_tiled_without_remainder() -> None:
    spec = ClipSpec(num_frames=16, frame_rate_hz=25.0, stride_seconds=0.64, short_side=8)
    played = play(frames_at([index / 25 for index in range(64)]), spec)
    assert len(played.clips) == 4
    assert [clip.start_seconds for clip in played.clips] == pytest.approx([0.0, 0.64, 1.28, 1.92])
    assert [clip.end_seconds for clip in played.clips] == pytest.approx([0.64, 1.28, 1.92, 2.56])
    assert len({frame_id for clip in played.clips for frame_id in clip.frame_ids}) == 64


def test_an_empty_source_gives_nothing() -> None:
    played = play([])
    assert (played.picked, played.clips) == ([], [])


def test_a_buffer_without_models_is_refused() -> None:
    with pytest.raises(ValueError, match="source 'cam' needs at least one model"):
        ClipBuffer("cam", {})


def test_a_picture_of_absurd_shape_is_refused_before_it_is_resized() -> None:
    (frame,) = frames_at([0.0], width=8000, height=2)
    with pytest.raises(SourceRefused, match=r"'cam': a picture may be at most 16 times .* got 8000x2"):
        ClipBuffer("cam", {"model": SPEC}).push(frame)


@given(st.integers(1, 200), st.integers(0, 200))
def test_a_longer_recording_begins_with_the_clips_of_a_shorter_one(num_frames: int, num_more: int) -> None:
    times = [index / 17 for index in range(num_frames + num_more)]
    short = play(frames_at(times[:num_frames]), finish=False)
    long = play(frames_at(times), finish=False)
    assert long.clips[: len(short.clips)] == short.clips
