"""However a video is pushed, a streaming I3D says what the network says of the whole video as one clip."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.i3d import I3D
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_streaming
from models.runtime.video_stream import Slices, VideoState, VideoStream
from models.serving import num_frames_seen
from models.training.slices import SliceLogits
from tests.models.small_i3d import small_i3d

SIZE = (17, 24)
FORMS: dict[str, dict[str, Any]] = {
    "centred": {},
    "causal": {"is_causal": True},
    "causal, with a recent mean picture": {
        "is_causal": True,
        "motion_gain": 3.0,
        "still_gain": 0.3,
        "still_frames": 11,
    },
    "centred, with a recent mean picture": {"motion_gain": 3.0, "still_gain": 0.3, "still_frames": 5},
}
TOLERANCE = 1e-5
"""Relative to the largest logit: what the order of float32 sums makes of 57 layers."""


@pytest.fixture(scope="module", params=FORMS)
def network(request: pytest.FixtureRequest) -> I3D:
    return make_network(request.param)


def make_network(form: str) -> I3D:
    return small_i3d(5, seed=0, **FORMS[form])


def stream_of(
    network: I3D, *, frames_per_step: int = 8, max_batch_size: int = 1, backend: str = "torch"
) -> VideoStream:
    options = RuntimeOptions(device="cpu", threads=1, backend=backend, arithmetic="float32")  # type: ignore[arg-type]
    step = prepare_for_streaming(network, torch.zeros(1, 3, frames_per_step, *SIZE), options)
    return VideoStream(step, frames_per_step=frames_per_step, max_batch_size=max_batch_size)


def make_video(num_frames: int, seed: int = 0) -> np.ndarray:
    """Return noise that moves, (3, T, H, W), float32 in [-1, 1]."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (3, num_frames, *SIZE)).astype(np.float32)


@torch.inference_mode()
def logits_of_whole(network: I3D, video: np.ndarray) -> np.ndarray:
    """Return what the network says of the video padded to a multiple of 8 frames, (slices, classes)."""
    padded = np.pad(video, ((0, 0), (0, -video.shape[1] % 8), (0, 0), (0, 0)))
    return SliceLogits(network)(torch.from_numpy(padded)[None])[0].numpy().T  # type: ignore[no-any-return]


def joined(parts: Sequence[Slices]) -> np.ndarray:
    """Return the logits of all slices, which must follow each other from the first one on."""
    known = [part for part in parts if len(part.logits)]
    assert [part.first for part in known] == list(np.cumsum([0, *(len(part.logits) for part in known[:-1])]))
    return np.concatenate([part.logits for part in known])


def pushed(stream: VideoStream, video: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Return the logits of a video that comes in pushes of these sizes, over and over."""
    state, parts, start, turn = VideoState(), [], 0, 0
    while start < video.shape[1]:
        part, state = stream.push([state], [video[:, start : start + sizes[turn % len(sizes)]]])[0]
        parts.append(part)
        start, turn = start + sizes[turn % len(sizes)], turn + 1
    return joined([*parts, *stream.finish([state])])


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= TOLERANCE * max(1.0, float(np.abs(expected).max()))


@settings(max_examples=5, deadline=None)
@given(num_frames=st.integers(1, 100), sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_any_sequence_of_pushes_says_what_the_network_says_of_the_whole_video(
    network: I3D, num_frames: int, sizes: list[int]
) -> None:
    video = make_video(num_frames)
    assert_same(pushed(stream_of(network), video, sizes), logits_of_whole(network, video))


@pytest.mark.parametrize("frames_per_step", [16, 24])
def test_the_size_of_a_step_changes_nothing(network: I3D, frames_per_step: int) -> None:
    video = make_video(101)
    assert_same(
        pushed(stream_of(network, frames_per_step=frames_per_step), video, [101]), logits_of_whole(network, video)
    )


def test_videos_at_different_places_are_pushed_together(network: I3D) -> None:
    stream = stream_of(network, max_batch_size=2)
    videos = [make_video(num_frames, seed) for seed, num_frames in enumerate((120, 80, 97))]
    states = [VideoState()] * 3
    parts: list[list[Slices]] = [[], [], []]
    for start in (0, 40):
        answers = stream.push(states, [video[:, start : start + 40] for video in videos])
        states = [state for _, state in answers]
        for found, (part, _) in zip(parts, answers, strict=True):
            found.append(part)
    rest = [0, 2]
    answers = stream.push([states[index] for index in rest], [videos[index][:, 80:] for index in rest])
    for index, (part, state) in zip(rest, answers, strict=True):
        parts[index].append(part)
        states[index] = state
    for video, found, last in zip(videos, parts, stream.finish(states), strict=True):
        assert_same(joined([*found, last]), logits_of_whole(network, video))


def test_a_kept_state_can_be_gone_back_to(network: I3D) -> None:
    stream, video = stream_of(network), make_video(90)
    first, saved = stream.push([VideoState()], [video[:, :50]])[0]
    stream.push([saved], [make_video(40, seed=9)])
    then, state = stream.push([saved], [video[:, 50:]])[0]
    assert_same(joined([first, then, *stream.finish([state])]), logits_of_whole(network, video))


def test_a_video_taken_up_in_its_middle_says_the_same_once_it_has_its_context(network: I3D) -> None:
    still_frames = network.still_frames if network.emphasises_motion else 0
    before, after = num_frames_seen(is_causal=network.is_causal, still_frames=still_frames)
    video, clip_start = make_video(256), 136
    start = clip_start - before
    state = VideoState(begin=0, num_frames=start)
    found, _ = stream_of(network).push([state], [video[:, start : clip_start + 32 + after]])[0]
    last = clip_start // 8 + 32 // 8 - 1
    assert found.first + len(found.logits) == last
    tail = found.logits[clip_start // 8 - last :]
    assert_same(tail, logits_of_whole(network, video)[clip_start // 8 : last])


def test_a_causal_network_needs_no_frame_of_the_future(network: I3D) -> None:
    if not network.is_causal:
        pytest.skip("this form of the network looks ahead")
    video = make_video(64)
    found, _ = stream_of(network).push([VideoState()], [video[:, :40]])[0]
    assert_same(found.logits, logits_of_whole(network, video)[: 40 // 8 - 1])


@pytest.mark.slow
def test_openvino_steps_like_pytorch() -> None:
    pytest.importorskip("openvino")
    network = make_network("centred")
    video = make_video(83)
    assert_same(
        pushed(stream_of(network, frames_per_step=16, backend="openvino"), video, [83]), logits_of_whole(network, video)
    )


def test_a_step_must_be_a_multiple_of_eight_frames(network: I3D) -> None:
    with pytest.raises(ValueError, match="multiple of 8, got 12"):
        VideoStream(stream_of(network)._step, frames_per_step=12)


def test_a_network_that_needs_the_mean_of_the_whole_clip_cannot_stream() -> None:
    with pytest.raises(ValueError, match="past frames, found still_frames=0"):
        stream_of(I3D(5, width=0.05, motion_gain=3.0))
