from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from models.predictor import ClipSpec
from models.predictors.kinetics_stream import DEVIATION, MEAN, KineticsStream
from models.registry import build_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip

SPEC = ClipSpec(num_frames=4, frame_rate_hz=15.0, stride_seconds=4 / 15, short_side=128)


@pytest.fixture(scope="module")
def network() -> Any:
    return build_network("mc3_18", num_classes=3, width=0.125).eval()


@pytest.fixture(scope="module")
def stream(network: Any) -> KineticsStream:
    options = RuntimeOptions(device="cpu", backend="torch", arithmetic="float32")
    return KineticsStream(
        prepare_for_inference(network, torch.zeros(1, 3, 4, 112, 112), options), input_size=(112, 112)
    )


@pytest.mark.parametrize(("height", "width"), [(128, 171), (240, 320), (128, 228), (64, 64)])
def test_frames_are_prepared_as_torchvision_does(
    height: int, width: int, stream: KineticsStream, moving_clip: Callable[..., Clip]
) -> None:
    clip = moving_clip(SPEC, height=height, width=width)
    frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()
    resized = F.interpolate(frames, size=(128, 171), mode="bilinear", align_corners=False, antialias=False)
    cropped = resized.round()[:, :, 8:120, 30:142] / 255
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    expected = ((cropped - mean) / deviation).transpose(0, 1).numpy()
    found = stream.prepare(clip)
    assert found.shape == (3, 4, 112, 112)
    np.testing.assert_allclose(found, expected, atol=1.01 / 255 / min(DEVIATION))  # uint8 may round the other way
    assert np.abs(found - expected).mean() < 4e-3  # a fifth of a grey level


def test_logits_are_those_of_the_network(
    network: Any, stream: KineticsStream, moving_clip: Callable[..., Clip]
) -> None:
    prepared = [stream.prepare(moving_clip(SPEC, first_frame=start)) for start in (0, 3)]
    with torch.inference_mode():
        expected = network(torch.from_numpy(np.stack(prepared)))
    torch.testing.assert_close(stream.logits(prepared), expected, rtol=1e-4, atol=1e-5)
