"""Runs a network by PyTorch, on the CPU or on a CUDA device."""

import torch
from torch import Tensor, nn

from models.runtime.batch_norm_folding import fold_batch_norm
from models.runtime.groups import run_in_groups

_MEMORY_FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


class TorchNetwork:
    """A folded network in channels-last order and the chosen arithmetic.

    Args:
        network: Any network; it is left as it was.
        example: An input, float32; it is run once, so that the first real input finds everything warm.
        device: "cpu" or "cuda:N".
        arithmetic: "float32" or "bfloat16".
    """

    backend = "torch"

    def __init__(self, network: nn.Module, example: Tensor, *, device: str, arithmetic: str) -> None:
        self.device = device
        self.arithmetic = arithmetic
        self._dtype = torch.bfloat16 if arithmetic == "bfloat16" else torch.float32
        self._memory_format = _memory_format_of(example)
        self._network = fold_batch_norm(network, example).to(device=device, dtype=self._dtype)
        for weight in self._network.parameters():  # one network may have layers over frames and over video
            weight.data = weight.data.contiguous(memory_format=_memory_format_of(weight))
        self._group_size = len(example)
        self(example)

    def __call__(self, batch: Tensor) -> Tensor:
        if self.device == "cpu":
            return run_in_groups(self._run, batch, self._group_size)
        return self._run(batch)

    @torch.inference_mode()
    def _run(self, batch: Tensor) -> Tensor:
        ready = batch.to(device=self.device, dtype=self._dtype, memory_format=self._memory_format)
        output: Tensor = self._network(ready)
        return output.float().cpu()


def _memory_format_of(tensor: Tensor) -> torch.memory_format:
    return _MEMORY_FORMATS.get(tensor.ndim, torch.contiguous_format)
