"""How fast this machine multiplies matrices: the ceiling for any network on it.

`python -m models.benchmarks.matmul_rate --threads N [--device cuda:0]` prints GFLOP/s of float32 and
bfloat16 as one JSON object.
"""

import argparse
import json
import sys
import time

import torch

_SIZE = 2048
_FLOP = 2 * _SIZE**3


def measure_matmul_rate(dtype: torch.dtype, *, device: str = "cpu", duration_seconds: float = 1.5) -> float:
    """Return the best rate seen, GFLOP/s, of products of square matrices."""
    left, right = (torch.rand(_SIZE, _SIZE).to(device, dtype) for _ in range(2))
    torch.matmul(left, right)
    wait_for(device)
    best_seconds, until = float("inf"), time.perf_counter() + duration_seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        torch.matmul(left, right)
        wait_for(device)
        best_seconds = min(best_seconds, time.perf_counter() - started)
    return _FLOP / best_seconds / 1e9


def wait_for(device: str) -> None:
    """Return when the device has done what it was told; a GPU works on behind the program's back."""
    if device != "cpu":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description="rate of matrix multiplication")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    rates = {name: measure_matmul_rate(getattr(torch, name), device=options.device) for name in ("float32", "bfloat16")}
    sys.stdout.write(json.dumps(rates) + "\n")


if __name__ == "__main__":
    main()
