"""Eight-bit arithmetic on the CPU: convolutions and matrix products read and weigh whole numbers.

Weights are rounded by output channel, symmetrically; what a layer reads is rounded over the range that it was seen to
read on real video (`models.runtime.activation_ranges`). What lies between the layers stays in floating point. The
scheme is that of Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018, arXiv:1712.05877, without training; it is written into OpenVINO's graph as FakeQuantize, which
its CPU plugin turns into products of integers.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import openvino
from openvino import opset13 as ops
from torch import nn

from models.runtime.activation_ranges import Ranges

_LEVELS, _WEIGHT_LEVELS = 256, 255
_FIRST_INPUT_AXIS = {"Convolution": 1, "GroupConvolution": 2, "MatMul": 1}
"""Axes of the weights before this one name the output channel."""


def in_eight_bits(graph: openvino.Model, network: nn.Module, ranges: Ranges) -> openvino.Model:
    """Return a graph whose layers of known range are rounded to eight bits; the graph is left as it was.

    Args:
        graph: Of the network, whole or as a step of its streaming form.
        network: Its batch norms folded, as the graph was made of it.
        ranges: Of what each layer of the network reads.
    """
    rounded = graph.clone()
    for name, layer, weights in list(_named_layers(rounded, network)):
        if name in ranges:
            layer.input(0).replace_source_output(_rounded_activations(layer.input_value(0), ranges[name]))
            layer.input(1).replace_source_output(_rounded_weights(weights, layer.get_type_name()))
    rounded.validate_nodes_and_infer_types()
    return rounded


def with_probes(graph: openvino.Model, network: nn.Module) -> tuple[openvino.Model, list[str]]:
    """Return a graph that also tells the least and greatest number that each layer reads, and those layers' names.

    Its outputs are those of the graph, then two scalars a layer.
    """
    probed = graph.clone()
    names, probes = [], []
    for name, layer, _ in list(_named_layers(probed, network)):
        read = layer.input_value(0)
        axes = ops.constant(np.arange(len(read.get_partial_shape()), dtype=np.int64))
        names.append(name)
        probes += [ops.result(reduce(read, axes, keep_dims=False)) for reduce in (ops.reduce_min, ops.reduce_max)]
    probed.add_results(probes)
    return probed, names


def _named_layers(graph: openvino.Model, network: nn.Module) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each layer in the network, its operation in the graph and the constant of its weights.

    A graph forgets names; the weights themselves tell which layer it is.
    """
    names = {
        _digest(layer.weight.detach().numpy()): name
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear)
    }
    for layer in graph.get_ordered_ops():
        if layer.get_type_name() not in _FIRST_INPUT_AXIS:
            continue
        weights = layer.input_value(1).get_node()
        is_constant = weights.get_type_name() == "Constant" and weights.get_element_type() == openvino.Type.f32
        name = names.get(_digest(weights.data)) if is_constant else None
        if name is not None and not _is_untransposed(layer):
            yield name, layer, weights


def _is_untransposed(layer: Any) -> bool:
    """Return whether it is a product whose weights' rows are not the output channels."""
    return layer.get_type_name() == "MatMul" and not layer.get_attributes()["transpose_b"]


def _rounded_activations(read: Any, seen: tuple[float, float]) -> Any:
    least, greatest = seen
    if least < 0:
        greatest = max(-least, greatest)
        least = -greatest * (_LEVELS / 2) / (_LEVELS / 2 - 1)  # zero is one of the levels
    bounds = [ops.constant(np.float32(bound)) for bound in (min(least, 0.0), max(greatest, 1e-6))]
    return ops.fake_quantize(read, *bounds, *bounds, _LEVELS).output(0)


def _rounded_weights(weights: Any, kind: str) -> Any:
    values = weights.data
    greatest = np.abs(values).max(tuple(range(_FIRST_INPUT_AXIS[kind], values.ndim)), keepdims=True)
    greatest = np.maximum(greatest, 1e-6).astype(np.float32)
    bounds = [ops.constant(bound) for bound in (-greatest, greatest)]
    return ops.fake_quantize(weights.output(0), *bounds, *bounds, _WEIGHT_LEVELS).output(0)


def _digest(weights: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(weights).tobytes()).hexdigest()
