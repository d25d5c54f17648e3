"""How a streaming network is run: the same choices as for a whole one (`models.runtime`), a step at a time."""

from typing import Protocol

from torch import Tensor

from models.networks.i3d import I3D
from models.runtime import RuntimeOptions, choose_runtime

Caches = tuple[Tensor, ...]
"""What a video's next step needs of the ones before; made by a step, and read by the same one only."""


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


def prepare_for_streaming(network: I3D, example: Tensor, options: RuntimeOptions | None = None) -> ReadyStep:
    """Make the streaming form of a network ready to serve; the network itself is left as it was.

    Args:
        network: What to stream.
        example: The frames of a step, (1, C, T, H, W), float32. Other sizes of picture are made ready when they come.
        options: Where and how to run.

    Raises:
        ValueError: the network cannot stream, or this machine has not what is asked for.
    """
    runtime = choose_runtime(options or RuntimeOptions())
    if runtime.backend == "openvino":
        from models.runtime_streaming_openvino import OpenVinoStep

        return OpenVinoStep(network, example, arithmetic=runtime.arithmetic, threads=runtime.threads)
    from models.runtime_streaming_torch import TorchStep

    return TorchStep(network, example, device=runtime.device, arithmetic=runtime.arithmetic)
