"""Eight-bit arithmetic on a calibrated network, whole and as a stream, and what is said of one that is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.networks.i3d import I3D
from models.networks.resnet import ResNet
from models.registry import build_network
from models.runtime.activation_ranges import Calibration, RangeRecorder, calibration_path, find_ranges
from models.runtime.options import Arithmetic, RuntimeOptions, choose_runtime
from models.runtime.preparing import prepare_for_inference, prepare_for_streaming
from models.runtime.weights_key import weights_key

SIZE = (3, 16, 33, 48)
EXACT = RuntimeOptions(backend="openvino", arithmetic="float32", threads=1)
EIGHT_BITS = RuntimeOptions(backend="openvino", arithmetic="int8", threads=1)


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def network(filled: Callable[[nn.Module], Any]) -> I3D:
    return filled(I3D(num_classes=5, width=0.25))  # type: ignore[no-any-return]


def clips(num: int, seed: int) -> Tensor:
    return torch.rand(num, *SIZE, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def calibrate(network: nn.Module, inputs: Tensor) -> Calibration:
    recorder = RangeRecorder()
    prepare_for_inference(network, inputs[:1], RuntimeOptions(**{**vars(EXACT), "recorder": recorder}))(inputs)
    calibration = Calibration("ward", ("a.mp4",), len(inputs), 1.0, 0.0, recorder.networks)
    calibration.save()
    return calibration


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


def arithmetic_of(ready: Any) -> set[str]:
    """Return in which numbers the convolutions of compiled programs really run, as OpenVINO tells."""
    return {
        operation.get_rt_info()["runtimePrecision"].astype(str)
        for program in ready._programs.values()
        for operation in program.get_compiled_model().get_runtime_model().get_ordered_ops()
        if operation.get_rt_info()["layerType"].astype(str) == "Convolution"
    }


def test_a_calibrated_network_multiplies_whole_numbers_and_says_nearly_the_same(network: I3D) -> None:
    calibrate(network, clips(4, seed=1))
    new = clips(2, seed=2)
    exact, rounded = (prepare_for_inference(network, new[:1], way) for way in (EXACT, EIGHT_BITS))
    assert arithmetic_of(rounded) <= {"i8", "u8"}
    assert not arithmetic_of(exact) & {"i8", "u8"}
    assert 1e-5 < relative_error(rounded(new), exact(new)) < 0.1


def test_what_was_seen_of_clips_serves_the_stream_too(network: I3D) -> None:
    calibrate(network, clips(4, seed=1))
    frames = clips(1, seed=3)
    extent = torch.tensor([[0, 1000]])
    exact, rounded = (prepare_for_streaming(network, frames, way) for way in (EXACT, EIGHT_BITS))
    assert arithmetic_of(rounded) <= {"i8", "u8"}
    (expected, caches), (found, rounded_caches) = (step(frames, (), extent) for step in (exact, rounded))
    for _ in range(4):  # until the lag is over
        expected, caches = exact(frames, caches, None)
        found, rounded_caches = rounded(frames, rounded_caches, None)
    assert 1e-5 < relative_error(found, expected) < 0.1


def test_a_stream_can_be_calibrated_as_it_runs(network: I3D) -> None:
    recorder = RangeRecorder()
    step = prepare_for_streaming(network, clips(1, seed=1), RuntimeOptions(**{**vars(EXACT), "recorder": recorder}))
    step(clips(1, seed=1), (), None)
    whole = calibrate(network, clips(1, seed=1)).networks
    assert {key: set(layers) for key, layers in recorder.networks.items()} == {
        key: set(layers) for key, layers in whole.items()
    }


def test_layers_in_two_dimensions_are_rounded_too(filled: Callable[[nn.Module], Any]) -> None:
    network = filled(build_network("resnet18", num_classes=7))
    assert isinstance(network, ResNet)
    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    calibrate(network, pictures)
    assert set(find_ranges(network)) >= {"conv1", "layer4.1.conv2", "fc"}
    exact, rounded = (prepare_for_inference(network, pictures[:1], way) for way in (EXACT, EIGHT_BITS))
    assert 1e-5 < relative_error(rounded(pictures), exact(pictures)) < 0.1


def test_ranges_are_found_by_the_weights_and_never_taken_for_others(network: I3D) -> None:
    found = calibrate(network, clips(1, seed=1))
    assert find_ranges(network) == {
        layer: tuple(bounds) for layer, bounds in found.networks[weights_key(network)].items()
    }
    with torch.no_grad():
        network.logits.conv3d.bias += 1
    with pytest.raises(ValueError, match="run `vigil models calibrate MODEL VIDEO"):
        prepare_for_inference(network, clips(1, seed=1), EIGHT_BITS)


def test_more_clips_only_widen_the_ranges() -> None:
    recorder = RangeRecorder()
    for least, greatest in ((0.0, 2.0), (-1.0, 1.0), (-0.5, 3.0)):
        recorder.see("key", "layer", least, greatest)
    assert recorder.networks == {"key": {"layer": (-1.0, 3.0)}}


def test_a_damaged_calibration_is_named(network: I3D) -> None:
    calibrate(network, clips(1, seed=1))
    calibration_path("ward").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"ward\.json must be a calibration of `vigil models calibrate`"):
        prepare_for_inference(network, clips(1, seed=1), EIGHT_BITS)


@pytest.mark.parametrize("arithmetic", ["int8"])
def test_eight_bits_need_openvino(arithmetic: Arithmetic) -> None:
    with pytest.raises(ValueError, match='needs the backend "openvino" on the CPU'):
        choose_runtime(RuntimeOptions(backend="torch", arithmetic=arithmetic, device="cpu"))
