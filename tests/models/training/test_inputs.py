"""A network is trained on what its predictor will give it."""

import numpy as np
import pytest
import torch

from models.predictors.streams import FlowStream, RgbStream
from models.samples import Clip
from models.training.inputs import input_of
from models.transforms import crop_centre, normalise_frames

SIZE = (32, 40)


@pytest.fixture
def clip() -> Clip:
    rng = np.random.default_rng(0)
    still = rng.integers(0, 256, (40, 64, 3), dtype=np.uint8)
    return Clip(np.stack([np.roll(still, 2 * index, axis=1) for index in range(6)]), np.arange(6) / 5, "v")


def nothing(inputs: torch.Tensor) -> torch.Tensor:
    return inputs


def test_rgb_is_prepared_alike(clip: Clip) -> None:
    trained = input_of("r2plus1d_18", {})
    batch = torch.from_numpy(trained.prepare(crop_centre(clip.frames, SIZE))[None])
    served = RgbStream(nothing, num_frames=6, short_side=40, input_size=SIZE).prepare(clip)
    assert trained.read(batch)[0].numpy() == pytest.approx(served, abs=1e-6)


def test_frames_for_efficientnet_are_prepared_alike(clip: Clip) -> None:
    for network, options in (("cnn_lstm", {}), ("cnn_rnn", {}), ("cnn_rnn", {"cnn": "efficientnet_lite0"})):
        trained = input_of(network, options)
        batch = torch.from_numpy(trained.prepare(clip.frames)[None])
        served = normalise_frames(clip.frames).swapaxes(0, 1)
        assert trained.read(batch)[0].numpy() == pytest.approx(served, abs=1e-6)


def test_flow_is_measured_alike_but_for_the_border(clip: Clip) -> None:
    trained = input_of("i3d_flow", {}, "flow")
    batch = torch.from_numpy(trained.prepare(clip.frames)[None])
    served = FlowStream(nothing, short_side=40, input_size=None).prepare(clip)
    assert trained.read(batch)[0].numpy() == pytest.approx(served, abs=1e-6)
