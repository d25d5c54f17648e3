"""Runs a streaming network by PyTorch, on the CPU or on a CUDA device, where its caches stay."""

import torch
from torch import Tensor

from models.networks.i3d import I3D
from models.networks.i3d_streaming import StreamingI3D
from models.runtime.batch_norm_folding import fold_batch_norm
from models.runtime.ready import Caches


class TorchStep:
    """A folded streaming network in channels-last order and the chosen arithmetic.

    Args:
        network: What to stream; it is left as it was.
        example: The frames of a step, float32; it is run once, so that the first real step finds everything warm.
        device: "cpu" or "cuda:N".
        arithmetic: "float32" or "bfloat16".
    """

    backend = "torch"

    def __init__(self, network: I3D, example: Tensor, *, device: str, arithmetic: str) -> None:
        self.device = device
        self.arithmetic = arithmetic
        self._dtype = torch.bfloat16 if arithmetic == "bfloat16" else torch.float32
        folded = fold_batch_norm(network, example)
        self._network = StreamingI3D(folded).eval()  # type: ignore[arg-type]
        self._network.to(device=device, dtype=self._dtype, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self.first_slice = self._network.first_slice
        self.num_frames_to_edge = self._network.num_frames_to_edge
        self(example, (), None)

    @torch.inference_mode()
    def __call__(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> tuple[Tensor, Caches]:
        ready = frames.to(device=self.device, dtype=self._dtype, memory_format=torch.channels_last_3d)
        extent = extent.to(self.device) if extent is not None else None
        logits, kept = self._network(ready, caches, extent)
        return logits.cpu(), kept
