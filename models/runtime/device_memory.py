"""How much memory of a device a process uses, and how much is free."""

import ctypes
from dataclasses import dataclass

import psutil
import torch

from models.runtime.options import choose_device


@dataclass(frozen=True)
class DeviceMemory:
    """Of a CUDA device its own memory, of the CPU the machine's."""

    used_bytes: int
    """By this process."""
    free_bytes: int


def device_memory(device: str) -> DeviceMemory:
    """Measure now.

    Args:
        device: as `RuntimeOptions` has it.
    """
    chosen = choose_device(device)
    if chosen == "cpu":
        return DeviceMemory(psutil.Process().memory_info().rss, psutil.virtual_memory().available)
    free, _ = torch.cuda.mem_get_info(chosen)
    return DeviceMemory(torch.cuda.memory_reserved(chosen), free)


def release_unused(device: str) -> None:
    """Give back to the system what was freed and is kept for later."""
    if choose_device(device) == "cpu":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim:
            trim(0)
    else:
        torch.cuda.empty_cache()
