"""Where networks run, in which arithmetic and by which library, and what of it this machine has."""

import importlib.util
from dataclasses import dataclass, replace
from typing import Literal

import torch

from models.predictor import Arithmetic
from models.runtime.activation_ranges import RangeRecorder

Backend = Literal["auto", "torch", "openvino"]


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
    """With "auto", bf16 where the device has it in hardware, else fp32; "int8" needs a calibration of the model."""
    recorder: RangeRecorder | None = None
    """Told what the layers read, to calibrate a model; needs OpenVINO in float32."""


def choose_runtime(options: RuntimeOptions) -> RuntimeOptions:
    """Return the options with nothing left to choose, and give PyTorch its threads.

    Raises:
        ValueError: a device, backend or arithmetic that this machine has not.
    """
    device = choose_device(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    backend = _choose_backend(options.backend, device)
    return replace(
        options, device=device, backend=backend, arithmetic=_choose_arithmetic(options.arithmetic, device, backend)
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


def clips_at_once(options: RuntimeOptions) -> int:
    """Return how many clips are worth handing over together.

    On the CPU one clip fills all cores: company would only make it wait.
    """
    return 1 if choose_device(options.device) == "cpu" else 8


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


def _choose_arithmetic(arithmetic: Arithmetic, device: str, backend: Backend) -> Arithmetic:
    if arithmetic == "int8" and backend != "openvino":
        raise ValueError(f'arithmetic "int8" needs the backend "openvino" on the CPU, found {backend!r} on {device!r}')
    if arithmetic != "auto":
        return arithmetic
    return "bfloat16" if has_bfloat16(device) else "float32"


def has_bfloat16(device: str) -> bool:
    """Return whether a device multiplies bf16 in hardware."""
    if device != "cpu":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
