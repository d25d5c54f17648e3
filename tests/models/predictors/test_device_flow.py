"""Flow that stays on its device is the flow that goes through the CPU."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.flow.methods import flow_measure
from models.predictor import ClipSpec
from models.predictors.device_flow import DeviceFlowStream
from models.predictors.streams import FlowStream
from models.registry import build_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip

CLIPS = ClipSpec(num_frames=5, frame_rate_hz=25.0, stride_seconds=0.16, short_side=48)
SIZE = (48, 48)

MakeClip = Callable[..., Clip]


def streams(device: str) -> tuple[DeviceFlowStream, FlowStream]:
    torch.manual_seed(1)
    bare = build_network("i3d_flow", num_classes=5, width=0.125)
    options = RuntimeOptions(device=device, backend="torch", arithmetic="float32")
    network = prepare_for_inference(bare, torch.zeros(1, 2, 4, *SIZE), options)
    settings = {"short_side": 48, "input_size": SIZE}
    on_device = DeviceFlowStream(network, device=device, **settings)  # type: ignore[arg-type]
    return on_device, FlowStream(network, measure=flow_measure("tvl1"), **settings)  # type: ignore[arg-type]


def test_logits_are_those_of_the_stream_through_the_cpu(moving_clip: MakeClip) -> None:
    on_device, through_cpu = streams("cpu")
    clips = [moving_clip(CLIPS, first_frame=start) for start in (0, 2)]
    clips.append(replace(clips[0], frame_ids=()))
    found = on_device.logits([on_device.prepare(clip) for clip in clips])
    expected = through_cpu.logits([through_cpu.prepare(clip) for clip in clips])
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-4)


def test_what_waits_is_small(moving_clip: MakeClip) -> None:
    prepared = streams("cpu")[0].prepare(moving_clip(CLIPS))
    assert prepared.frames.dtype == np.uint8
    assert prepared.frames.shape == (5, 48, 64)


@pytest.mark.gpu
def test_a_gpu_gives_the_same_logits(moving_clip: MakeClip) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs an NVIDIA GPU")
    (on_device, _), (_, through_cpu) = streams("cuda:0"), streams("cpu")
    clip = moving_clip(CLIPS)
    found = on_device.logits([on_device.prepare(clip)])
    np.testing.assert_allclose(found.numpy(), through_cpu.logits([through_cpu.prepare(clip)]).numpy(), atol=0.05)
