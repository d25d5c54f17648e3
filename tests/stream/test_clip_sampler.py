"""Clips for a streaming model: the same windows, with the frames around them, once these have come."""

from hypothesis import given
from hypothesis import strategies as st

from models.predictor import ClipSpec
from stream.clip_sampler import ClipSampler, GridFrame, PlannedClip

WINDOW = ClipSpec(num_frames=16, frame_rate_hz=25.0, stride_seconds=0.32, short_side=4)
CENTRED = ClipSpec(**{**vars(WINDOW), "context_frames": 24, "lookahead_frames": 24})
CAUSAL = ClipSpec(**{**vars(WINDOW), "context_frames": 40})


def plan(spec: ClipSpec, num_frames: int) -> list[PlannedClip]:
    """Return the clips of a video of so many frames, whose identities are their places."""
    sampler = ClipSampler("m", spec, epoch=1, origin_seconds=0.0)
    frames = [GridFrame(place, place / 25.0, float(place)) for place in range(num_frames)]
    planned = [clip for frame in frames if (clip := sampler.fill(frame))]
    planned += sampler.end()
    return [*planned, *([clip] if (clip := sampler.finish()) else [])]


def own_frames(clip: PlannedClip) -> tuple[int, ...]:
    return clip.frame_ids[clip.num_before : len(clip.frame_ids) - clip.num_after]


@given(num_frames=st.integers(1, 150))
def test_a_stream_has_the_windows_of_the_window_mode(num_frames: int) -> None:
    windows = plan(WINDOW, num_frames)
    for spec in (CENTRED, CAUSAL):
        clips = plan(spec, num_frames)
        assert [clip.clip_index for clip in clips] == list(range(len(windows)))
        for clip, window in zip(clips, windows, strict=True):
            assert own_frames(clip) == tuple(dict.fromkeys(window.frame_ids))  # without padding
            assert (clip.start_seconds, clip.end_seconds) == (window.start_seconds, window.end_seconds)
            assert clip.clip_pts_seconds == tuple(place / 25.0 for place in own_frames(clip))


@given(num_frames=st.integers(1, 150))
def test_a_clip_takes_along_all_frames_around_it_that_there_are(num_frames: int) -> None:
    for spec in (CENTRED, CAUSAL):
        for clip in plan(spec, num_frames):
            first, last = own_frames(clip)[0], own_frames(clip)[-1]
            assert clip.first_point == clip.frame_ids[0] == max(0, first - spec.context_frames)
            assert clip.frame_ids[-1] == min(last + spec.lookahead_frames, num_frames - 1)
            is_cut_short = clip.num_after < spec.lookahead_frames or len(own_frames(clip)) < spec.num_frames
            assert clip.is_last == is_cut_short


def test_a_clip_waits_for_the_frames_after_it_and_no_longer() -> None:
    sampler = ClipSampler("m", CENTRED, epoch=1, origin_seconds=0.0)
    done = [place for place in range(60) if sampler.fill(GridFrame(place, place / 25.0, float(place)))]
    assert done == [39, 47, 55]
