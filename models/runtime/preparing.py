"""How a network is run: on which device, in which arithmetic, by which library.

A network is only layers and weights. Here it is made ready for one kind of input: batch norm folded, memory in
channels-last order, bf16 where the processor multiplies it in hardware, and OpenVINO instead of PyTorch on the CPU
where it is installed (the extra `cpu`): on two Zen 4 cores it runs I3D in 590 ms where PyTorch takes 680 in bf16 and
2,200 in plain fp32.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from models.networks.i3d import I3D
from models.runtime.options import RuntimeOptions, choose_runtime
from models.runtime.ready import ReadyNetwork, ReadyStep
from models.runtime.torch_network import TorchNetwork
from models.runtime.torch_step import TorchStep


def prepare_for_inference(
    network: nn.Module, example: Tensor, options: RuntimeOptions | None = None, *, expected: Sequence[Tensor] = ()
) -> ReadyNetwork:
    """Make a network ready to serve; the network itself is left as it was.

    Args:
        network: Maps one tensor to one tensor, the first axis of both being the batch.
        example: Such an input, float32. On the CPU the number of its samples is the number run at once, whatever the
            size of the batches to come: then a sample's output does not depend on its company.
        options: Where and how to run.
        expected: Inputs of other shapes that will probably come: what takes long for them is done now.

    Raises:
        ValueError: a device, backend or arithmetic that this machine has not.
    """
    runtime = choose_runtime(options or RuntimeOptions())
    if runtime.backend == "openvino":
        from models.runtime.openvino_network import OpenVinoNetwork

        return OpenVinoNetwork(network, example, runtime, expected)
    return TorchNetwork(network, example, device=runtime.device, arithmetic=runtime.arithmetic)


def prepare_for_streaming(
    network: I3D, example: Tensor, options: RuntimeOptions | None = None, *, expected: Sequence[Tensor] = ()
) -> ReadyStep:
    """Make the streaming form of a network ready to serve; the network itself is left as it was.

    Args:
        network: What to stream.
        example: The frames of a step, (1, C, T, H, W), float32. Other sizes of picture are made ready when they come.
        options: Where and how to run.
        expected: Steps of other sizes that will probably come: what takes long for them is done now.

    Raises:
        ValueError: the network cannot stream, or this machine has not what is asked for.
    """
    runtime = choose_runtime(options or RuntimeOptions())
    if runtime.backend == "openvino":
        from models.runtime.openvino_step import OpenVinoStep

        return OpenVinoStep(network, example, runtime, expected)
    return TorchStep(network, example, device=runtime.device, arithmetic=runtime.arithmetic)
