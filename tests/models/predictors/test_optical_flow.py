from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.predictor import ClipSpec
from models.predictors.optical_flow import OpticalFlowMotion
from models.registry import build_predictor, find_card
from models.results import Motion
from models.samples import Clip


@pytest.fixture
def motion_of() -> Callable[[Clip], Motion]:
    predictor = build_predictor("optical_flow")

    def measure(clip: Clip) -> Motion:
        (result,) = predictor.predict([predictor.prepare(clip)])
        assert isinstance(result, Motion)
        return result

    return measure


@pytest.fixture
def clips() -> ClipSpec:
    spec = find_card("optical_flow").clip_spec
    assert spec
    return spec


def test_a_picture_that_moves_to_the_right_says_how_fast(
    clips: ClipSpec, moving_clip: Callable[..., Clip], motion_of: Callable[[Clip], Motion]
) -> None:
    motion = motion_of(moving_clip(clips))  # one pixel a frame, 25 frames a second
    assert motion.mean_velocity == pytest.approx((25, 0), abs=2)
    assert motion.mean_speed == pytest.approx(25, rel=0.1)
    assert motion.peak_speed >= motion.mean_speed
    assert motion.moving_fraction > 0.95


def test_a_still_picture_does_not_move(
    clips: ClipSpec, moving_clip: Callable[..., Clip], motion_of: Callable[[Clip], Motion]
) -> None:
    clip = moving_clip(clips)
    motion = motion_of(replace(clip, frames=np.repeat(clip.frames[:1], clips.num_frames, axis=0)))
    assert motion.mean_speed < 0.5
    assert motion.moving_fraction == 0


def test_speed_goes_by_time_not_by_frame(
    clips: ClipSpec, moving_clip: Callable[..., Clip], motion_of: Callable[[Clip], Motion]
) -> None:
    clip = moving_clip(clips)
    slow = motion_of(replace(clip, pts_seconds=clip.pts_seconds * 2))
    assert slow.mean_speed == pytest.approx(motion_of(clip).mean_speed / 2, rel=1e-5)


def test_padded_frames_do_not_count(
    clips: ClipSpec, moving_clip: Callable[..., Clip], motion_of: Callable[[Clip], Motion]
) -> None:
    clip = moving_clip(clips)
    last = np.minimum(np.arange(clips.num_frames), 4)
    padded = replace(clip, frames=clip.frames[last], pts_seconds=clip.pts_seconds[last])
    assert motion_of(padded).mean_speed == pytest.approx(motion_of(clip).mean_speed, rel=0.05)


def test_a_single_picture_repeated_has_no_motion(
    clips: ClipSpec, moving_clip: Callable[..., Clip], motion_of: Callable[[Clip], Motion]
) -> None:
    clip = moving_clip(clips)
    motion = motion_of(replace(clip, pts_seconds=np.zeros(clips.num_frames)))
    assert motion == Motion(mean_speed=0.0, peak_speed=0.0, mean_velocity=(0.0, 0.0), moving_fraction=0.0)


def test_clips_tile_time_so_that_each_pair_is_measured_once(clips: ClipSpec) -> None:
    assert clips.stride_frames == clips.num_frames - 1


@pytest.mark.parametrize("method", ["dis", "tvl1"])
def test_flow_is_measured_as_the_card_says(method: str, moving_clip: Callable[..., Clip]) -> None:
    spec = ClipSpec(num_frames=4, frame_rate_hz=25.0, stride_seconds=0.12, short_side=48)
    predictor = OpticalFlowMotion(replace(find_card("optical_flow"), clip_spec=spec, flow_method=method))  # type: ignore[arg-type]
    motion = predictor.prepare(moving_clip(spec))
    assert motion.mean_velocity == pytest.approx((25, 0), abs=3)
    other = OpticalFlowMotion(replace(find_card("optical_flow"), clip_spec=spec))
    assert (motion == other.prepare(moving_clip(spec))) == (method == "dis")
