"""What a network is once it is ready to serve: it runs forward only, whole or a step at a time."""

from typing import Protocol

from torch import Tensor

Caches = tuple[Tensor, ...]
"""What a video's next step needs of the ones before; made by a step, and read by the same one only."""


class ReadyNetwork(Protocol):
    """A network that only runs forward."""

    device: str
    backend: str
    arithmetic: str

    def __call__(self, batch: Tensor) -> Tensor:
        """Return the network's output for a batch.

        Args:
            batch: float32 on the CPU, with any number of samples, each shaped as the network accepts.

        Returns:
            float32 on the CPU.
        """
        ...


class ReadyStep(Protocol):
    """A streaming network that only runs forward (`models.networks.i3d_streaming.StreamingI3D`)."""

    device: str
    backend: str
    arithmetic: str
    first_slice: int
    num_frames_to_edge: int

    def __call__(self, frames: Tensor, caches: Caches, extent: Tensor | None) -> tuple[Tensor, Caches]:
        """Take the next frames of some videos.

        Args:
            frames: float32 on the CPU, (N, C, T, H, W).
            caches: What the step before returned; none before the first.
            extent: Where the videos begin and end, (N, 2), int64 on the CPU, relative to the frames; None: far away.

        Returns:
            Logits, float32 on the CPU, (N, num_classes, T / 8), and the caches, wherever the device keeps them.
        """
        ...
