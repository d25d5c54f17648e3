from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.networks.fused_3d import Fused3D
from models.networks.i3d import I3D
from models.runtime.groups import run_in_groups
from models.runtime.options import RuntimeOptions, choose_device
from models.runtime.preparing import prepare_for_inference

SIZE = (3, 16, 65, 48)
needs_bfloat16 = pytest.mark.skipif(
    not torch.cpu.get_capabilities().get("avx512_bf16") and not torch.cpu.get_capabilities().get("amx_bf16"),
    reason="this processor has no bf16 arithmetic",
)


@pytest.fixture
def network(filled: Callable[[nn.Module], Any]) -> I3D:
    return filled(I3D(num_classes=5, width=0.25))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("backend", "arithmetic", "tolerance"),
    [
        ("torch", "float32", 1e-5),
        ("openvino", "float32", 1e-5),
        pytest.param("torch", "bfloat16", 1e-2, marks=needs_bfloat16),
        pytest.param("openvino", "bfloat16", 1e-2, marks=needs_bfloat16),
    ],
)
def test_a_ready_network_says_what_the_plain_one_says(
    backend: Any, arithmetic: Any, tolerance: float, network: I3D
) -> None:
    clips = torch.rand(3, *SIZE) * 2 - 1
    options = RuntimeOptions(backend=backend, arithmetic=arithmetic, threads=1)
    ready = prepare_for_inference(network, clips[:1], options)
    with torch.inference_mode():
        expected = network(clips)
    found = ready(clips)
    assert (ready.backend, ready.arithmetic, ready.device) == (backend, arithmetic, "cpu")
    assert found.dtype == torch.float32
    assert (found - expected).abs().max() / expected.abs().max() < tolerance
    # A clip's logits do not depend on the clips beside it.
    for index in range(3):
        torch.testing.assert_close(ready(clips[index : index + 1]), found[index : index + 1], rtol=0, atol=1e-5)


def test_one_network_may_have_layers_over_frames_and_over_video(filled: Callable[[nn.Module], Any]) -> None:
    network = filled(Fused3D(5, flow_channels=4, width=0.125))
    clips = torch.rand(1, 7, 3, 40, 48) * 2 - 1
    ready = prepare_for_inference(network, clips, RuntimeOptions(backend="torch", arithmetic="float32", threads=1))
    with torch.inference_mode():
        torch.testing.assert_close(ready(clips), network(clips), rtol=1e-4, atol=1e-5)


def test_openvino_takes_other_shapes_when_they_come(filled: Callable[[nn.Module], Any]) -> None:
    network = filled(nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU()))
    options = RuntimeOptions(backend="openvino", arithmetic="float32", threads=1)
    ready = prepare_for_inference(network, torch.zeros(1, 3, 32, 32), options)
    for width in (32, 57, 41, 32, 90, 57, 33):
        wide = torch.rand(2, 3, 32, width)
        with torch.inference_mode():
            torch.testing.assert_close(ready(wide), network(wide), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("num_samples", [1, 3, 4, 9])
def test_groups_are_always_of_one_size_and_give_the_whole(num_samples: int) -> None:
    sizes: list[int] = []

    def double(group: torch.Tensor) -> torch.Tensor:
        sizes.append(len(group))
        return group * 2

    batch = torch.rand(num_samples, 2)
    assert torch.equal(run_in_groups(double, batch, 4), batch * 2)
    assert set(sizes) == {4}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"device": "gpu"}, 'device must be "auto", "cpu", "cuda" or "cuda:N", got \'gpu\''),
        ({"device": "cuda:99"}, "'cuda:99' was asked for, this machine has"),
        ({"backend": "onnx"}, 'backend must be "auto", "torch" or "openvino", got \'onnx\''),
    ],
)
def test_what_this_machine_has_not_is_refused(options: dict[str, Any], complaint: str, network: I3D) -> None:
    with pytest.raises(ValueError, match=complaint):
        prepare_for_inference(network, torch.zeros(1, 3, 8, 32, 32), RuntimeOptions(**options))


def test_the_device_is_cuda_when_there_is_one() -> None:
    assert choose_device("auto") == ("cuda:0" if torch.cuda.is_available() else "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU here")
def test_cuda_says_what_the_cpu_says(network: I3D) -> None:
    clips = torch.rand(2, *SIZE) * 2 - 1
    ready = prepare_for_inference(network, clips, RuntimeOptions(device="cuda", arithmetic="float32"))
    with torch.inference_mode():
        torch.testing.assert_close(ready(clips), network(clips), rtol=1e-3, atol=1e-3)
