"""Compiles OpenVINO's graphs of one network for the CPU, in the arithmetic that was chosen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino
from torch import nn

from models.runtime.activation_ranges import find_ranges
from models.runtime.int8 import in_eight_bits, with_probes
from models.runtime.options import RuntimeOptions, has_bfloat16
from models.runtime.weights_key import weights_key


class GraphCompiler:
    """What all graphs of a network have in common: arithmetic, threads, and whether they tell what layers read.

    Args:
        network: Whose weights are known by; it is left as it was.
        options: With nothing left to choose.

    Raises:
        ValueError: eight bits are asked for, and no calibration is of these weights.
    """

    def __init__(self, network: nn.Module, options: RuntimeOptions) -> None:
        self._recorder, self._key = options.recorder, weights_key(network) if options.recorder else ""
        self._ranges = find_ranges(network) if options.arithmetic == "int8" else None
        self._probed: list[str] = []
        self._core = openvino.Core()
        self._settings = {
            "INFERENCE_PRECISION_HINT": _precision(options),
            "INFERENCE_NUM_THREADS": options.threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # two workers on one machine would be bound to the same cores
        }

    def compile(self, graph: openvino.Model, folded: nn.Module) -> Any:
        """Return a program, as a request that can be run.

        Args:
            graph: Of the network, whole or as a step.
            folded: The network with its batch norms folded, as the graph was made of it.
        """
        if self._ranges is not None:
            graph = in_eight_bits(graph, folded, self._ranges)
        if self._recorder:
            graph, self._probed = with_probes(graph, folded)
        return self._core.compile_model(graph, "CPU", self._settings).create_infer_request()

    def record(self, probes: Sequence[np.ndarray]) -> None:
        """Tell the recorder, if there is one, what a program says behind the network's own outputs."""
        if self._recorder:
            for layer, bounds in zip(self._probed, _pairs(probes), strict=True):
                self._recorder.see(self._key, layer, *bounds)


def _precision(options: RuntimeOptions) -> str:
    """Said to OpenVINO explicitly, since its own choice differs by machine; with int8, of what stays floating."""
    if options.arithmetic == "int8":
        return "bf16" if has_bfloat16("cpu") else "f32"
    return {"float32": "f32", "bfloat16": "bf16"}[options.arithmetic]


def _pairs(probes: Sequence[np.ndarray]) -> list[tuple[float, float]]:
    numbers = [float(probe) for probe in probes]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
