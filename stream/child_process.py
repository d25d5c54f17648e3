"""What the process of a source does to itself first: it ends with its parent, and its memory is bounded and private."""

import ctypes
import os
import resource
import signal
from pathlib import Path

from stream.tied_process import end_with_parent

PARENT_VARIABLE = "VIGIL_PARENT"
"""Environment variable with the process id of the supervisor, for a child that must not outlive it."""

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_M_ARENA_MAX = -8


def end_with_supervisor() -> None:
    """End, however abruptly, when the process that `VIGIL_PARENT` names ends; without it, live on one's own."""
    if parent := os.environ.get(PARENT_VARIABLE):
        end_with_parent(int(parent), signal.SIGKILL)


def harden(*, memory_limit_mib: int) -> None:
    """Bound this process's address space, and give up core dumps and new privileges; patients' pictures stay in it.

    Args:
        memory_limit_mib: MiB of address space beyond what the process uses now.
    """
    # Each thread would otherwise reserve an arena of 64 MiB of address space.
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    limit = _address_space_bytes() + memory_limit_mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl option {option} was refused: {os.strerror(number)}")


def _address_space_bytes() -> int:
    num_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return num_pages * resource.getpagesize()
