"""Runs a network by OpenVINO, on the CPU."""

import logging
import warnings
from collections import OrderedDict
from typing import Any

import openvino
import torch
from torch import Tensor, nn

from models.runtime_batches import run_in_groups

MAX_SHAPES = 4
"""Compiled programs kept, one a shape of input; the one longest unused makes room."""

logger = logging.getLogger(__name__)


class OpenVinoNetwork:
    """A network compiled for the shape of its example, and for other shapes when they come.

    Args:
        folded: Network in eval mode, for this object alone.
        example: An input, float32, for which a program is compiled at once.
        arithmetic: "float32" or "bfloat16"; said to OpenVINO explicitly, since its own choice differs by machine.
        threads: Threads of the CPU; 0: all cores.
    """

    backend = "openvino"
    device = "cpu"

    def __init__(self, folded: nn.Module, example: Tensor, *, arithmetic: str, threads: int) -> None:
        self.arithmetic = arithmetic
        self._network = folded
        self._group_size = len(example)
        self._core = openvino.Core()
        self._settings = {
            "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[arithmetic],
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
        }
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
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # the exporter warns of its own deprecated parts
            graph = openvino.convert_model(torch.export.export(self._network, (group,)))
        graph.reshape(list(group.shape))
        logger.info("compiled a network: shape=%s arithmetic=%s", list(group.shape), self.arithmetic)
        return self._core.compile_model(graph, "CPU", self._settings).create_infer_request()
