"""How fast this machine multiplies matrices: the ceiling for any network on it.

`python -m models.benchmarks.matmul_rate --threads N [--device cuda:0]` prints GFLOP/s of float32 and
bfloat16, and on a CPU with OpenVINO of int8, as one JSON object.
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_SIZE = 2048
_FLOP = 2 * _SIZE**3


def measure_matmul_rate(dtype: torch.dtype, *, device: str = "cpu", duration_seconds: float = 1.5) -> float:
    """Return the best rate seen, GFLOP/s, of products of square matrices."""
    left, right = (torch.rand(_SIZE, _SIZE).to(device, dtype) for _ in range(2))

    def multiply() -> None:
        torch.matmul(left, right)
        wait_for(device)

    return _best_rate(multiply, duration_seconds)


def measure_int8_rate(*, threads: int = 0, duration_seconds: float = 1.5) -> float:
    """Return the best rate seen on the CPU, GFLOP/s, of products whose numbers OpenVINO rounds to eight bits."""
    import openvino
    from openvino import opset13 as ops

    def rounded(matrix: Any) -> Any:
        bounds = [ops.constant(np.float32(bound)) for bound in (-1.0, 127 / 128)]
        return ops.fake_quantize(matrix, *bounds, *bounds, 256)

    weights = ops.constant(np.random.default_rng(0).uniform(-1, 1, (_SIZE, _SIZE)).astype(np.float32))
    left = ops.parameter([_SIZE, _SIZE], np.float32)
    product = ops.matmul(rounded(left), rounded(weights), False, True)
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    request = openvino.Core().compile_model(openvino.Model([product], [left]), "CPU", settings).create_infer_request()
    values = [np.ones((_SIZE, _SIZE), np.float32)]
    return _best_rate(lambda: request.infer(values, share_inputs=True, share_outputs=True), duration_seconds)


def _best_rate(multiply: Callable[[], object], duration_seconds: float) -> float:
    multiply()
    best_seconds, until = float("inf"), time.perf_counter() + duration_seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        multiply()
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
    if options.device == "cpu" and importlib.util.find_spec("openvino"):
        rates["int8"] = measure_int8_rate(threads=options.threads)
    sys.stdout.write(json.dumps(rates) + "\n")


if __name__ == "__main__":
    main()
