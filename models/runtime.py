"""How a network is run: on which device, in which arithmetic, by which library.

A network is only layers and weights. Here it is made ready for one kind of input: batch norm folded, memory in
channels-last order, bf16 where the processor multiplies it in hardware, and OpenVINO instead of PyTorch on the CPU
where it is installed (the extra `cpu`): on two Zen 4 cores it runs I3D in 590 ms where PyTorch takes 680 in bf16 and
2,200 in plain fp32.
"""

import importlib.util
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from models.runtime_torch import TorchNetwork

Backend = Literal["auto", "torch", "openvino"]
Arithmetic = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class RuntimeOptions:
    """Where and how networks run."""

    device: str = "auto"
    """One of "auto" (CUDA when there is one, else CPU), "cpu", "cuda" and "cuda:N"."""
    threads: int = 0
    """Threads of the CPU; 0: all cores."""
    backend: Backend = "auto"
    """With "auto", OpenVINO on the CPU when it is installed, else PyTorch."""
    arithmetic: Arithmetic = "auto"
    """With "auto", bf16 where the device has it in hardware, else fp32."""


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


def prepare_for_inference(network: nn.Module, example: Tensor, options: RuntimeOptions | None = None) -> ReadyNetwork:
    """Make a network ready to serve; the network itself is left as it was.

    Args:
        network: Maps one tensor to one tensor, the first axis of both being the batch.
        example: Such an input, float32. On the CPU the number of its samples is the number run at once, whatever the
            size of the batches to come: then a sample's output does not depend on its company.
        options: Where and how to run.

    Raises:
        ValueError: a device, backend or arithmetic that this machine has not.
    """
    runtime = choose_runtime(options or RuntimeOptions())
    if runtime.backend == "openvino":
        from models.runtime_openvino import OpenVinoNetwork

        return OpenVinoNetwork(network, example, arithmetic=runtime.arithmetic, threads=runtime.threads)
    return TorchNetwork(network, example, device=runtime.device, arithmetic=runtime.arithmetic)


def choose_runtime(options: RuntimeOptions) -> RuntimeOptions:
    """Return the options with nothing left to choose, and give PyTorch its threads.

    Raises:
        ValueError: a device, backend or arithmetic that this machine has not.
    """
    device = choose_device(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    return RuntimeOptions(
        device=device,
        threads=options.threads,
        backend=_choose_backend(options.backend, device),
        arithmetic=_choose_arithmetic(options.arithmetic, device),
    )


def choose_device(device: str) -> str:
    """Return "cpu" or "cuda:N" for what was asked.

    Raises:
        ValueError: the device is not known, or not on this machine.
    """
    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        return device
    kind, _, index = device.partition(":")
    if kind != "cuda" or not (index or "0").isdigit():
        raise ValueError(f'device must be "auto", "cpu", "cuda" or "cuda:N", got {device!r}')
    num_devices = torch.cuda.device_count()
    if int(index or 0) >= num_devices:
        raise ValueError(f'device {device!r} was asked for, this machine has {num_devices} CUDA devices; use "cpu"')
    return f"cuda:{index or 0}"


def _choose_backend(backend: Backend, device: str) -> Backend:
    is_installed = importlib.util.find_spec("openvino") is not None
    if backend == "auto":
        return "openvino" if device == "cpu" and is_installed else "torch"
    if backend not in ("torch", "openvino"):
        raise ValueError(f'backend must be "auto", "torch" or "openvino", got {backend!r}')
    if backend == "openvino" and device != "cpu":
        raise ValueError(f'backend "openvino" runs on the CPU, device is {device!r}; use backend "torch"')
    if backend == "openvino" and not is_installed:
        raise ValueError('backend "openvino" needs the extra cpu: pip install "vigil[cpu]"')
    return backend


def _choose_arithmetic(arithmetic: Arithmetic, device: str) -> Arithmetic:
    if arithmetic != "auto":
        return arithmetic
    return "bfloat16" if _has_bfloat16(device) else "float32"


def _has_bfloat16(device: str) -> bool:
    if device != "cpu":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
