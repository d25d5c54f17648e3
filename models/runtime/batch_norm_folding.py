"""Batch norm folded into the convolution before it: one pass over memory less for every layer, the same numbers."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


def fold_batch_norm(network: nn.Module, example: Tensor) -> nn.Module:
    """Return a copy for inference in which each batch norm is part of the convolution whose output it reads.

    Which convolution that is shows when the network runs, so it runs once on tensors without contents: the order of
    the layers' definition says nothing.

    Args:
        network: Any network; it is left as it was.
        example: An input of a shape that the network accepts; its values are not read.
    """
    folded = copy.deepcopy(network).eval()
    for convolution_name, norm_name in _find_pairs(network, example):
        convolution = folded.get_submodule(convolution_name)
        _absorb(convolution, folded.get_submodule(norm_name))
        folded.set_submodule(norm_name, nn.Identity())
    return folded


def _absorb(convolution: Any, norm: Any) -> None:
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )


def _find_pairs(network: nn.Module, example: Tensor) -> list[tuple[str, str]]:
    """Return the names of (convolution, batch norm) where each is used once and one feeds the other."""
    weightless = copy.deepcopy(network).to("meta").eval()
    outputs: dict[str, Tensor] = {}
    readers: dict[str, list[str]] = {}
    num_uses: dict[str, int] = {}

    for name, layer in weightless.named_modules():
        if isinstance(layer, Convolution):

            def after_convolution(_: nn.Module, __: Any, output: Tensor, name: str = name) -> None:
                outputs[name] = output
                num_uses[name] = num_uses.get(name, 0) + 1

            layer.register_forward_hook(after_convolution)
        elif isinstance(layer, BatchNorm):

            def before_norm(_: nn.Module, inputs: tuple[Tensor, ...], name: str = name) -> None:
                num_uses[name] = num_uses.get(name, 0) + 1
                for convolution_name, output in outputs.items():
                    if inputs[0] is output:
                        readers.setdefault(convolution_name, []).append(name)

            layer.register_forward_pre_hook(before_norm)

    with torch.no_grad():
        weightless(example.to("meta"))
    return [
        (convolution_name, norm_names[0])
        for convolution_name, norm_names in readers.items()
        if len(norm_names) == 1 and num_uses[convolution_name] == 1 and num_uses[norm_names[0]] == 1
    ]
