"""Depthwise convolutions that learn: in fp32 under bf16, and the same everywhere else."""

import copy

import pytest
import torch
from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding

from models.networks.depthwise import DepthwiseConv2d
from models.networks.imagenet import trained_efficientnet_lite0


def layer_of(kernel_size: int, stride: int) -> Conv2dDynamicSamePadding:
    torch.manual_seed(0)
    return Conv2dDynamicSamePadding(6, 6, kernel_size, stride=stride, groups=6, bias=False)


def learned(layer: torch.nn.Module, x: torch.Tensor, *, is_bf16: bool) -> tuple[torch.Tensor, ...]:
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        y = layer(x.bfloat16() if is_bf16 else x)
    y.float().square().sum().backward()
    return y, x.grad, layer.weight.grad  # type: ignore[return-value]


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 1), (5, 1), (3, 2), (5, 2)])
def test_in_fp32_it_is_the_layer_whose_weights_it_took(kernel_size: int, stride: int) -> None:
    layer, x = layer_of(kernel_size, stride), torch.randn(2, 6, 11, 14)
    mine = DepthwiseConv2d(copy.deepcopy(layer))
    expected, found = learned(layer, x, is_bf16=False), learned(mine, x, is_bf16=False)
    assert all(torch.equal(one, other) for one, other in zip(expected, found, strict=True))


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 1), (5, 2)])
def test_under_bf16_it_learns_what_fp32_would_teach_of_the_same_numbers(kernel_size: int, stride: int) -> None:
    layer, x = layer_of(kernel_size, stride), torch.randn(2, 6, 11, 14).bfloat16().float()
    y, of_x, of_weight = learned(DepthwiseConv2d(copy.deepcopy(layer)), x, is_bf16=True)
    exact, exact_of_x, exact_of_weight = learned(layer, x, is_bf16=False)
    assert y.dtype == torch.bfloat16
    for found, expected in ((y.float(), exact), (of_x, exact_of_x), (of_weight, exact_of_weight)):
        assert (found - expected).abs().max() < 0.01 * expected.abs().max()


def test_what_only_looks_keeps_the_precision_that_it_is_asked_in() -> None:
    layer, x = layer_of(3, 1), torch.randn(1, 6, 8, 8)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(DepthwiseConv2d(copy.deepcopy(layer))(x), layer(x))


def test_frozen_layers_only_look_though_others_learn() -> None:
    layer, x = layer_of(3, 1).requires_grad_(False), torch.randn(1, 6, 8, 8).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(DepthwiseConv2d(copy.deepcopy(layer))(x), layer(x))


def test_every_depthwise_layer_of_efficientnet_is_one_and_keys_stay_as_published() -> None:
    network = trained_efficientnet_lite0()
    depthwise = [layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d) and layer.groups > 1]
    assert len(depthwise) == len(network._blocks)
    assert all(isinstance(layer, DepthwiseConv2d) for layer in depthwise)
    assert "_blocks.0._depthwise_conv.weight" in network.state_dict()
