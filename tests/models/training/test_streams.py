"""What each stream of a network sees of a clip."""

import numpy as np
import pytest
import torch
from torch import nn

from models.flow.beside_frames import FUSED_FRAMES, fields_a_frame
from models.flow.dis import flow_between, grey_frames, normalise_flow
from models.predictors.streams import FramesAndFlowStream
from models.samples import Clip
from models.training.streams import (
    STACKED_FIELDS,
    OnePicture,
    StreamKind,
    frames_after,
    stream_channels,
    stream_input,
)

NUM_FRAMES = 15


@pytest.fixture
def clip() -> np.ndarray:
    """A bright square that moves 2 pixels a frame to the right over noise."""
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 60, (1, 48, 64, 3)), NUM_FRAMES, axis=0).astype(np.uint8)
    for index in range(NUM_FRAMES):
        frames[index, 12:32, 4 + 2 * index : 24 + 2 * index] = 220
    return frames


def read(kind: StreamKind, clip: np.ndarray) -> torch.Tensor:
    found = stream_input(kind, "i3d_rgb", len(clip))
    return found.read(torch.from_numpy(found.prepare(clip)[None]))


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("frames", (1, 3, 15, 48, 64)),
        ("middle_frame", (1, 3, 1, 48, 64)),
        ("flow", (1, 2, 15, 48, 64)),
        ("flow_stack", (1, 20, 1, 48, 64)),
        ("frames_and_flow", (1, 9, 5, 48, 64)),
    ],
)
def test_every_stream_is_as_large_as_its_network_expects(
    kind: StreamKind, shape: tuple[int, ...], clip: np.ndarray
) -> None:
    inputs = read(kind, clip)
    assert tuple(inputs.shape) == shape
    assert inputs.dtype == torch.float32
    channels = stream_channels(kind, NUM_FRAMES)
    assert channels is None or channels + (3 if kind == "frames_and_flow" else 0) == shape[1]


def test_the_middle_frame_is_that_of_all_frames(clip: np.ndarray) -> None:
    assert torch.equal(read("middle_frame", clip)[:, :, 0], read("frames", clip)[:, :, NUM_FRAMES // 2])


def test_a_stack_holds_x_and_y_by_turns_without_their_means(clip: np.ndarray) -> None:
    stack = read("flow_stack", clip)[0, :, 0].numpy()
    grey = grey_frames(clip)
    first = NUM_FRAMES // 2 - STACKED_FIELDS // 2
    field = normalise_flow(np.stack([flow_between(*grey[first : first + 2])]))[:, 0]  # (2, H, W)
    assert np.allclose(stack[:2], field - field.mean(axis=(1, 2), keepdims=True), atol=1e-6)
    assert np.allclose(stack.mean(axis=(1, 2)), 0, atol=1e-6)


def test_the_fused_network_sees_frames_with_the_flow_that_follows_them(clip: np.ndarray) -> None:
    inputs = read("frames_and_flow", clip)[0].numpy()
    assert fields_a_frame(NUM_FRAMES) == 3
    assert np.allclose(inputs[:3, 0], clip[0].transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    assert inputs.shape[1] == FUSED_FRAMES
    flow = read("flow", clip)[0].numpy()
    assert np.allclose(inputs[3:5, 0], flow[:, 0])
    assert np.allclose(inputs[5:7, 0], flow[:, 1])


def test_what_the_fused_network_is_taught_is_what_it_is_served(clip: np.ndarray) -> None:
    def network(batch: torch.Tensor) -> torch.Tensor:
        raise AssertionError("preparing a clip runs no network")

    stream = FramesAndFlowStream(network, short_side=48, input_size=None)  # type: ignore[arg-type]
    served = stream.prepare(Clip(clip, np.arange(NUM_FRAMES) / 5, "ward"))
    assert np.array_equal(served, read("frames_and_flow", clip)[0].numpy())


def test_what_waits_for_less_of_the_clip_lags_less() -> None:
    waits = [frames_after(kind, NUM_FRAMES) for kind in ("middle_frame", "flow_stack", "frames")]
    assert waits == [0, 5, 8]


def test_a_network_of_pictures_takes_clips_of_one() -> None:
    network = OnePicture(nn.Flatten())
    assert network(torch.ones(2, 3, 1, 4, 4)).shape == (2, 48)
