"""What a predictor costs on this machine: `python -m models.benchmarks.predictor_run MODEL ...` prints one JSON object.

A process measures one model in one arithmetic by one library, so that memory is its own. Clips are seeded pictures in
motion, without identity, so that nothing is remembered from clip to clip.
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

import cv2
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from models.benchmarks.matmul_rate import wait_for
from models.predictor import ClipSpec, Predictor
from models.registry import build_predictor
from models.results import result_to_json
from models.runtime.options import choose_device
from models.samples import Clip

Input = TypeVar("Input")

_LEAST_RUNS, _MOST_RUNS = 3, 20
_ASPECT = 4 / 3


def main() -> None:
    options = _parse_options()
    device = choose_device(options.device)
    predictor = build_predictor(
        options.model,
        device=device,
        threads=options.threads,
        backend=options.backend,
        arithmetic=options.arithmetic,
        mode="window",
    )
    if predictor.clip_spec is None:
        raise ValueError(f"{options.model} reads no clips of video")
    clip = make_clip(predictor.clip_spec)
    _forget_peak_memory(device)
    told = {
        "clip": f"{clip.num_frames} x {clip.frames.shape[1]} x {clip.frames.shape[2]}",
        "prepare_ms": _best_ms(lambda _: predictor.prepare(clip), lambda: None, options.seconds),
        "predict_ms": {size: _predict_ms(predictor, clip, size, device, options.seconds) for size in options.batch},
        "peak_memory_mib": _peak_memory_mib(device),
        "gflop": _gflop(predictor, clip) if options.backend == "torch" else None,
        "result": result_to_json(predictor.predict([predictor.prepare(clip)])[0]),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def make_clip(spec: ClipSpec) -> Clip:
    """Return a clip as the model wants it: a seeded texture that moves, the same on every machine."""
    height, width = spec.short_side, round(spec.short_side * _ASPECT)
    spots = np.random.default_rng(3).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    picture = cv2.resize(spots, (width, height), interpolation=cv2.INTER_LINEAR)
    frames = np.stack([np.roll(picture, (index // 2, index), (0, 1)) for index in range(spec.num_frames)])
    return Clip(frames, np.arange(spec.num_frames) / spec.frame_rate_hz, "bench")


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


def _predict_ms(predictor: Predictor, clip: Clip, batch_size: int, device: str, seconds: float) -> float:
    """Return the time a clip takes in a batch of this size, its preparation not counted."""

    def prepare_batch() -> list[Any]:
        # Anew for each run: features are remembered by what was prepared, and remembered ones would cost nothing.
        return [predictor.prepare(clip) for _ in range(batch_size)]

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


def _gflop(predictor: Predictor, clip: Clip) -> float:
    """Return the arithmetic of one clip, 1e9 operations, two for each multiply-and-add of its matrix products."""
    prepared = predictor.prepare(clip)
    with FlopCounterMode(display=False) as counter:
        predictor.predict([prepared])
    return float(counter.get_total_flops()) / 1e9


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
