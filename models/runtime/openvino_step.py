"""Runs a streaming network by OpenVINO, on the CPU."""

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np
import openvino
import torch
from torch import Tensor

from models.networks.i3d import I3D
from models.networks.i3d_streaming import StreamingI3D
from models.runtime.batch_norm_folding import fold_batch_norm
from models.runtime.graph_cache import fingerprint, keep_ahead, kept_graph
from models.runtime.graph_compiler import GraphCompiler
from models.runtime.openvino_network import MAX_SHAPES, convert
from models.runtime.options import RuntimeOptions
from models.runtime.ready import Caches


class OpenVinoStep:
    """A streaming network compiled for the shape of its example, and for other shapes when they come.

    There are two programs a shape: one that knows where the video begins and ends, and a faster one for between.

    Args:
        network: What to stream; it is left as it was.
        example: The frames of a step, float32, for which a program is compiled at once.
        options: With nothing left to choose.
        expected: Steps of other shapes that will probably come: converted, which takes long, but not yet compiled.

    Raises:
        ValueError: eight bits are asked for, and the network was never calibrated.
    """

    backend = "openvino"
    device = "cpu"

    def __init__(self, network: I3D, example: Tensor, options: RuntimeOptions, expected: Sequence[Tensor] = ()) -> None:
        self.arithmetic: str = options.arithmetic
        self._compiler = GraphCompiler(network, options)
        self._network = StreamingI3D(fold_batch_norm(network, example)).eval()  # type: ignore[arg-type]
        self._weightless = copy.deepcopy(self._network).to("meta")
        self._fingerprint = fingerprint(self._network)
        self.first_slice = self._network.first_slice
        self.num_frames_to_edge = self._network.num_frames_to_edge
        self._programs: OrderedDict[Hashable, Any] = OrderedDict()
        for extent in _whole_and_between(example):
            self(example, (), extent)
        for frames in expected:
            for extent in _whole_and_between(frames):
                keep_ahead(*self._conversion(frames, self._empty_caches(frames), extent))

    def __call__(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> tuple[Tensor, Caches]:
        caches = caches or self._empty_caches(frames)
        program = self._program_for(frames, caches, extent)
        ends = () if extent is None else (extent,)
        inputs = [tensor.contiguous().numpy() for tensor in (frames, *caches, *ends)]
        logits, *kept = _new_outputs(program)
        program.infer(inputs, share_inputs=True, share_outputs=True)
        kept, probes = kept[: len(caches)], kept[len(caches) :]
        self._compiler.record(probes)
        return torch.from_numpy(logits), tuple(torch.from_numpy(cache) for cache in kept)

    def _empty_caches(self, frames: Tensor) -> Caches:
        with torch.no_grad():
            _, caches = self._weightless(frames.to("meta"))
        return tuple(torch.zeros(cache.shape) for cache in caches)

    def _program_for(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> Any:
        key = (tuple(frames.shape), extent is None)
        if key not in self._programs:
            self._programs[key] = self._compile(frames, caches, extent)
            if len(self._programs) > 2 * MAX_SHAPES:
                self._programs.popitem(last=False)
        self._programs.move_to_end(key)
        return self._programs[key]

    def _compile(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> Any:
        graph = kept_graph(*self._conversion(frames, caches, extent))
        return self._compiler.compile(graph, self._network.network)

    def _conversion(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> tuple[str, Callable[[], Any]]:
        """Return the key of a graph, and what makes it."""
        part = "between" if extent is None else "edges"
        example = (frames, caches) if extent is None else (frames, caches, extent)
        return "-".join([self._fingerprint, part, *map(str, frames.shape)]), partial(convert, self._network, example)


def _whole_and_between(frames: Tensor) -> tuple[Tensor | None, ...]:
    """Return where the video begins and ends for both programs of a shape: here, and nowhere near."""
    return torch.tensor([[0, frames.shape[2]]]).expand(len(frames), 2), None


def _new_outputs(program: Any) -> list[np.ndarray]:
    """Let a program write what it says next into new arrays: cheaper than to copy 17 MB out of its own."""
    arrays = [np.empty(tuple(output.shape), np.float32) for output in program.model_outputs]
    for index, array in enumerate(arrays):
        program.set_output_tensor(index, openvino.Tensor(array, shared_memory=True))
    return arrays
