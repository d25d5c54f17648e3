"""Runs a network by OpenVINO, on the CPU."""

import copy
import warnings
from collections import OrderedDict
from typing import Any

import openvino
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from models.runtime.batch_norm_folding import fold_batch_norm
from models.runtime.graph_cache import fingerprint, load_graph, save_graph
from models.runtime.groups import run_in_groups

MAX_SHAPES = 4
"""Compiled programs kept, one a shape of input; the one longest unused makes room."""


class OpenVinoNetwork:
    """A network compiled for the shape of its example, and for other shapes when they come.

    Args:
        network: Any network; it is left as it was.
        example: An input, float32, for which a program is compiled at once.
        arithmetic: "float32" or "bfloat16"; said to OpenVINO explicitly, since its own choice differs by machine.
        threads: Threads of the CPU; 0: all cores.
    """

    backend = "openvino"
    device = "cpu"

    def __init__(self, network: nn.Module, example: Tensor, *, arithmetic: str, threads: int) -> None:
        self.arithmetic = arithmetic
        self._network = copy.deepcopy(network).eval()
        self._fingerprint = fingerprint(self._network)
        self._group_size = len(example)
        self._core = openvino.Core()
        self._settings = cpu_settings(arithmetic, threads)
        self._programs: OrderedDict[tuple[int, ...], Any] = OrderedDict()
        self(example)

    def __call__(self, batch: Tensor) -> Tensor:
        return run_in_groups(self._run, batch, self._group_size)

    def _run(self, group: Tensor) -> Tensor:
        program = self._program_for(group)
        output = program.infer([group.contiguous().numpy()], share_inputs=True)[0]
        return torch.from_numpy(output.copy()).float()

    def _program_for(self, group: Tensor) -> Any:
        shape = tuple(group.shape)
        if shape not in self._programs:
            self._programs[shape] = self._compile(group)
            if len(self._programs) > MAX_SHAPES:
                self._programs.popitem(last=False)
        self._programs.move_to_end(shape)
        return self._programs[shape]

    def _compile(self, group: Tensor) -> Any:
        key = "-".join([self._fingerprint, *map(str, group.shape)])
        graph = load_graph(key)
        if graph is None:
            graph = convert(fold_batch_norm(self._network, group), (group,))
            save_graph(key, graph)
        return self._core.compile_model(graph, "CPU", self._settings).create_infer_request()


def cpu_settings(arithmetic: str, threads: int) -> dict[str, Any]:
    """Return what to tell OpenVINO when it compiles a network for the CPU."""
    return {
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[arithmetic],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # two workers on one machine would be bound to the same cores
    }


def convert(network: nn.Module, example: tuple[Any, ...]) -> Any:
    """Return a network as OpenVINO's graph, for inputs of exactly the shapes of the example."""
    shapes = [list(tensor.shape) for tensor in pytree.tree_leaves(example)]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
        graph = openvino.convert_model(torch.export.export(network, example))
    graph.reshape(dict(zip(graph.inputs, shapes, strict=True)))
    return graph
