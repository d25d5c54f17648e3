"""Runs a network by OpenVINO, on the CPU."""

import copy
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Any

import openvino
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from models.runtime.batch_norm_folding import fold_batch_norm
from models.runtime.graph_cache import fingerprint, keep_ahead, kept_graph
from models.runtime.graph_compiler import GraphCompiler
from models.runtime.groups import run_in_groups
from models.runtime.options import RuntimeOptions

MAX_SHAPES = 4
"""Compiled programs kept, one a shape of input; the one longest unused makes room."""


class OpenVinoNetwork:
    """A network compiled for the shape of its example, and for other shapes when they come.

    Args:
        network: Any network; it is left as it was.
        example: An input, float32, for which a program is compiled at once.
        options: With nothing left to choose.
        expected: Inputs of other shapes that will probably come: converted, which takes long, but not yet compiled.

    Raises:
        ValueError: eight bits are asked for, and the network was never calibrated.
    """

    backend = "openvino"
    device = "cpu"

    def __init__(
        self, network: nn.Module, example: Tensor, options: RuntimeOptions, expected: Sequence[Tensor] = ()
    ) -> None:
        self.arithmetic: str = options.arithmetic
        self._network = copy.deepcopy(network).eval()
        self._compiler = GraphCompiler(self._network, options)
        self._fingerprint = fingerprint(self._network)
        self._group_size = len(example)
        self._programs: OrderedDict[tuple[int, ...], Any] = OrderedDict()
        self(example)
        for other in expected:
            folded = fold_batch_norm(self._network, other)
            keep_ahead(self._key(other), partial(convert, folded, (other,)))

    def __call__(self, batch: Tensor) -> Tensor:
        return run_in_groups(self._run, batch, self._group_size)

    def _run(self, group: Tensor) -> Tensor:
        program = self._program_for(group)
        output, *probes = program.infer([group.contiguous().numpy()], share_inputs=True).values()
        self._compiler.record(probes)
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
        folded = fold_batch_norm(self._network, group)
        graph = kept_graph(self._key(group), partial(convert, folded, (group,)))
        return self._compiler.compile(graph, folded)

    def _key(self, group: Tensor) -> str:
        return "-".join([self._fingerprint, *map(str, group.shape)])


def convert(network: nn.Module, example: tuple[Any, ...]) -> Any:
    """Return a network as OpenVINO's graph, for inputs of exactly the shapes of the example."""
    shapes = [list(tensor.shape) for tensor in pytree.tree_leaves(example)]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
        graph = openvino.convert_model(torch.export.export(network, example))
    graph.reshape(dict(zip(graph.inputs, shapes, strict=True)))
    return graph
