import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.inflation import as_i3d, as_in_space, inception_name, inflate, inflate_weights, resnet_name
from models.networks.frame_features import EfficientNetLite0Features
from models.networks.inflated import InflatedConv, TimeShape, extend_in_time
from models.registry import build_network

Fill = Callable[[nn.Module], Any]
NARROW = {"width": 0.125}
NETWORKS = ("resnet18", "resnet50", "inception_v1", "two_stream_resnet18", "deeplabv3_resnet50")


def still_video(frames: Tensor, num_frames: int) -> Tensor:
    """A video of (N, C, T, H, W) in which nothing moves."""
    return frames[:, :, None].expand(-1, -1, num_frames, -1, -1)


@pytest.mark.parametrize(
    ("name", "num_frames", "time_of"),
    [*((name, 6, as_in_space) for name in NETWORKS), ("inception_v1", 17, as_i3d), ("resnet18", 1, as_in_space)],
)
def test_a_still_video_gives_the_answer_for_its_picture(name: str, num_frames: int, time_of: Any, filled: Fill) -> None:
    network = filled(build_network(name, num_classes=4, **NARROW))
    inflated = inflate(network, time_of)
    frames = torch.rand(2, 3, 75, 98) * 2 - 1
    with torch.inference_mode():
        expected, found = network(frames), inflated(still_video(frames, num_frames))
    if name.startswith("deeplabv3"):
        expected = still_video(expected, num_frames)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_a_moving_video_does_not(filled: Fill) -> None:
    network = filled(build_network("resnet18", num_classes=4, **NARROW))
    frames = torch.rand(8, 3, 64, 64)
    with torch.inference_mode():
        found = inflate(network)(frames.transpose(0, 1)[None])
        assert not torch.allclose(found[0], network(frames).mean(0), rtol=1e-3)


def test_i3d_is_inception_v1_inflated_wherever_no_padding_reaches(filled: Fill) -> None:
    inception = filled(build_network("inception_v1", num_classes=4, **NARROW))
    i3d = build_network("i3d_rgb", num_classes=4, **NARROW).eval()
    inflate_weights(inception.state_dict(), i3d, name_in_2d=inception_name)
    frames = torch.rand(1, 3, 50, 64) * 2 - 1
    with torch.inference_mode():
        features = i3d.features(still_video(frames, 136))  # type: ignore[operator]
        torch.testing.assert_close(features[:, :, 8], inception.features(frames), rtol=1e-4, atol=1e-4)
        assert not torch.allclose(features[:, :, 0], features[:, :, 8], rtol=1e-2)


@pytest.mark.parametrize(("name", "num_frames", "middle"), [("r3d_18", 160, 10), ("mc3_18", 16, 8)])
def test_r3d_and_mc3_are_a_resnet_without_max_pool_inflated(
    name: str, num_frames: int, middle: int, filled: Fill
) -> None:
    resnet = filled(build_network("resnet18", num_classes=4, **NARROW))
    network = build_network(name, num_classes=4, **NARROW).eval()
    inflate_weights(resnet.state_dict(), network, name_in_2d=resnet_name)
    resnet.maxpool = nn.Identity()
    frames = torch.rand(1, 3, 32, 39)
    with torch.inference_mode():
        features = network.features(still_video(frames, num_frames))[:, :, middle]  # type: ignore[operator]
        torch.testing.assert_close(features, resnet.layer4(resnet.middle_features(frames)), rtol=1e-4, atol=1e-4)


def test_kernels_are_repeated_and_divided() -> None:
    layer = nn.Conv2d(2, 3, 5)
    inflated = InflatedConv(layer, TimeShape(4, 2))
    assert inflated.weight.shape == (3, 2, 4, 5, 5)
    for step in range(4):
        torch.testing.assert_close(inflated.weight[:, :, step] * 4, layer.weight)
    assert inflated.stride == (2, 1, 1)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "num_slices"), [(3, 1, 7), (3, 2, 6), (7, 2, 8), (1, 2, 5), (2, 2, 7)]
)
def test_videos_continue_past_their_ends(kernel_size: int, stride: int, num_slices: int) -> None:
    x = torch.arange(float(num_slices)).view(1, 1, -1, 1, 1)
    extended = extend_in_time(x, kernel_size, stride)
    assert extended[0, 0, 0] == 0
    assert extended[0, 0, -1] == num_slices - 1
    assert (extended.shape[2] - kernel_size) // stride + 1 == -(-num_slices // stride)


def test_the_network_over_frames_is_left_as_it_was() -> None:
    network = EfficientNetLite0Features().eval()
    before = copy.deepcopy(network.state_dict())
    inflated = inflate(network.backbone)
    assert inflated._conv_stem.weight.ndim == 5
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    with torch.no_grad():
        inflated._bn0.bias += 1
    assert torch.equal(network.backbone._bn0.bias, before["backbone._bn0.bias"])


def test_a_classifier_of_other_classes_keeps_its_weights(filled: Fill) -> None:
    inception = filled(build_network("inception_v1", num_classes=1000, **NARROW))
    i3d = build_network("i3d_rgb", num_classes=4, **NARROW)
    own = i3d.state_dict()["logits.conv3d.weight"].clone()
    inflate_weights(inception.state_dict(), i3d, name_in_2d=inception_name, fresh=("logits",))
    assert torch.equal(i3d.state_dict()["logits.conv3d.weight"], own)


def test_weights_that_do_not_fit_are_named_and_nothing_changes() -> None:
    inception = build_network("inception_v1", num_classes=7, **NARROW).state_dict()
    del inception["Mixed_3b.b0.bn.bias"]
    i3d = build_network("i3d_rgb", num_classes=4, **NARROW)
    before = copy.deepcopy(i3d.state_dict())
    with pytest.raises(
        ValueError,
        match=r"3 weights cannot be inflated into a I3D: Mixed_3b\.b0\.bn\.bias needs Mixed_3b\.b0\.bn\.bias, "
        r"which is missing; logits\.conv3d\.weight must be \(4, 128, 1, 1, 1\), "
        r"logits\.conv2d\.weight gives \(7, 128, 1, 1, 1\)",
    ):
        inflate_weights(inception, i3d, name_in_2d=inception_name)
    for name, tensor in i3d.state_dict().items():
        assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize(
    ("layer", "complaint"),
    [
        (nn.ConvTranspose2d(1, 1, 2), "1 is a ConvTranspose2d, and a layer over video is known of none such"),
        (nn.Conv2d(1, 1, 3, padding="same"), "must pad with a number of zeros to be inflated"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), "must pad with a number of zeros to be inflated"),
        (nn.AdaptiveAvgPool2d(3), "1 must average over the whole frame to be inflated"),
    ],
)
def test_layers_that_cannot_be_inflated_are_named(layer: nn.Module, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        inflate(nn.Sequential(nn.ReLU(), layer))
