from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from models.networks.i3d import I3D
from models.networks.inception_v1 import InceptionV1, SamePaddedConv2d, SamePaddedMaxPool2d
from models.registry import build_network


def test_its_layers_are_those_of_i3d_without_time() -> None:
    with torch.device("meta"):
        frames, clips = InceptionV1(400).state_dict(), I3D(400).state_dict()
    flat = {
        name.replace("Conv3d_", "Conv2d_").replace(".conv3d.", ".conv2d."): (
            [*tensor.shape[:2], *tensor.shape[3:]] if tensor.ndim == 5 else [*tensor.shape]
        )
        for name, tensor in clips.items()
    }
    assert {name: list(tensor.shape) for name, tensor in frames.items()} == flat


def test_stem_pads_even_sizes_by_two_before_and_three_behind() -> None:
    conv = SamePaddedConv2d(1, 1, 7, stride=2, bias=False)
    x = torch.rand(1, 1, 10, 12)
    torch.testing.assert_close(conv(x), F.conv2d(F.pad(x, (2, 3, 2, 3)), conv.weight, stride=2))


def test_pools_pad_with_zeros_behind() -> None:
    x = torch.rand(1, 2, 8, 9)
    expected = F.max_pool2d(F.pad(x, (1, 1, 0, 1)), 3, 2)
    torch.testing.assert_close(SamePaddedMaxPool2d((3, 3), stride=(2, 2))(x), expected)


@pytest.mark.parametrize("size", [(224, 224), (97, 130), (1, 1), (256, 300)])
def test_any_size_of_frame_gives_one_row_of_logits(size: tuple[int, int], filled: Callable[[Any], Any]) -> None:
    network = filled(build_network("inception_v1", num_classes=5, in_channels=2, width=0.125))
    with torch.inference_mode():
        logits = network(torch.rand(2, 2, *size))
    assert logits.shape == (2, 5)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


def test_pooled_features_are_what_the_classifier_reads(filled: Callable[[Any], Any]) -> None:
    network = filled(InceptionV1(5, width=0.125))
    frames = torch.rand(2, 3, 260, 301)
    with torch.inference_mode():
        features = network.pooled_features(frames)
        torch.testing.assert_close(network.logits(features[..., None, None])[..., 0, 0], network(frames))
    assert features.shape == (2, network.num_features)


@pytest.mark.parametrize(
    ("options", "complaint"), [({"num_classes": 0}, "at least 1, got 0 and 3"), ({"width": 0}, "0")]
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        InceptionV1(**options)
