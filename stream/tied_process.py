"""Becomes another program that ends when its parent ends: `python -m stream.tied_process PARENT_PID PROGRAM ARGS...`.

A program that is not ours cannot ask the kernel for this itself; the request outlives `exec`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent_process_id: int, signal_number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends; exit when that has happened already.

    The kernel watches the parent's *thread*: start such processes from a thread that lives as long as the program.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_process_id:
        sys.exit(0)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
