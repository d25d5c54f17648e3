"""Stands in for a CNN where it matters how many frames are shown to it."""

import torch


class CountingCnn:
    """A CNN with the numbers of EfficientNet-Lite0 that counts the frames it is shown."""

    device, backend, arithmetic = "cpu", "torch", "float32"

    def __init__(self) -> None:
        self.num_frames = 0

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        self.num_frames += len(batch)
        return batch.mean((2, 3)).repeat(1, 427)[:, :1280]
