"""What a predictor costs on this machine: `python -m models.benchmarks.predictor_run MODEL ...` prints one JSON object.

A process measures one model in one arithmetic by one library, so that memory is its own. What it is measured on:
`models.benchmarks.moving_samples`.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.utils.flop_counter import FlopCounterMode

from models.benchmarks.matmul_rate import wait_for
from models.benchmarks.moving_samples import MovingSamples
from models.predictor import Predictor
from models.registry import build_predictor
from models.results import Result, result_to_json
from models.runtime.options import choose_device

Input = TypeVar("Input")

_LEAST_RUNS, _MOST_RUNS = 3, 20
_MOST_COUNTED = 8
"""Clips whose arithmetic is counted at once."""
_STEPS_TO_ANSWER = 12
"""Of a stream, so that it has something to speak of."""


def main() -> None:
    options = _parse_options()
    device = choose_device(options.device)
    predictor = build_predictor(
        options.model,
        device=device,
        threads=options.threads,
        backend=options.backend,
        arithmetic=options.arithmetic,
    )
    samples = MovingSamples(predictor)
    _forget_peak_memory(device)
    told = {
        "clip": " x ".join(map(str, samples.size)),
        "prepare_ms": _best_ms(predictor.prepare, lambda: samples.batch(1)[0], options.seconds),
        "predict_ms": {size: _predict_ms(predictor, samples, size, device, options.seconds) for size in options.batch},
        "peak_memory_mib": _peak_memory_mib(device),
        "gflop": _gflop(predictor, samples) if options.backend == "torch" else None,
        "result": result_to_json(_answer(predictor)),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="what a predictor costs")
    parser.add_argument("model")
    parser.add_argument("--backend", choices=("torch", "openvino"), default="torch")
    parser.add_argument("--arithmetic", choices=("float32", "bfloat16", "int8"), default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=0)
    return parser.parse_args()


def _predict_ms(predictor: Predictor, samples: MovingSamples, batch_size: int, device: str, seconds: float) -> float:
    """Return the time a clip takes in a batch of this size, its preparation not counted."""

    def prepare_batch() -> list[Any]:
        # Anew for each run: features are remembered by what was prepared, and remembered ones would cost nothing.
        return [predictor.prepare(sample) for sample in samples.batch(batch_size)]

    def run(batch: list[Any]) -> None:
        predictor.predict(batch)
        wait_for(device)

    return _best_ms(run, prepare_batch, seconds) / batch_size


def _best_ms(run: Callable[[Input], object], make_input: Callable[[], Input], seconds: float) -> float:
    """Return the best time of several runs, the first of which only warms up: other work can only slow a run."""
    run(make_input())
    times: list[float] = []
    while len(times) < _LEAST_RUNS or (sum(times) < seconds and len(times) < _MOST_RUNS):
        given = make_input()
        started = time.perf_counter()
        run(given)
        times.append(time.perf_counter() - started)
    return 1000 * min(times)


def _gflop(predictor: Predictor, samples: MovingSamples) -> float:
    """Return the arithmetic of one clip, 1e9 operations, two for each multiply-and-add of its matrix products."""
    size = min(predictor.max_batch_size, _MOST_COUNTED)  # of a full batch: small ones are filled up
    predictor.predict([predictor.prepare(sample) for sample in samples.batch(size)])  # of a stream, what comes before
    prepared = [predictor.prepare(sample) for sample in samples.batch(size)]
    with FlopCounterMode(display=False) as counter:
        predictor.predict(prepared)
    return float(counter.get_total_flops()) / 1e9 / size


def _answer(predictor: Predictor) -> Result:
    """Return what is said of a sample that is the same in every run."""
    samples = MovingSamples(predictor, "answer")
    for _ in range(_STEPS_TO_ANSWER):
        answer = predictor.predict([predictor.prepare(samples.batch(1)[0])])[0]
    return answer


def _forget_peak_memory(device: str) -> None:
    """Let the peak count from now on: converting a network takes more than running it."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):  # not Linux, or not allowed: the peak then includes the conversion
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mib(device: str) -> float:
    """Return the peak of the device's memory, MiB; on the CPU, of the whole process."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device) / 2**20
    try:
        lines: Sequence[str] = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
