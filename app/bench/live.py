"""Runs the naive script and Vigil's path over one video, side by side, and compares them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.bench.footage import HEIGHT, RATE_HZ, WIDTH, write_footage
from models.predictor import ClipSpec

GOAL = 3.0
"""Times faster than the naive script, for the same windows, decode to result."""
PARITY_TOLERANCE = 1e-4
"""How far the naive script's logits may be from the published implementation's, relative to their mean size."""
WINDOW_GFLOP = 222.3
"""Arithmetic of I3D on 64 x 224 x 224 (two operations for each multiply and add)."""
SPEC = ClipSpec(num_frames=64, frame_rate_hz=RATE_HZ, stride_seconds=0.64, short_side=256)

STAGES = ("decode", "resize", "prepare", "predict")


class BenchFailed(Exception):
    """A path of the benchmark did not do what it should."""


@dataclass(frozen=True)
class PathFigures:
    """How one path did."""

    total_seconds: float
    """From opening the video to the last result; start of the process and warming up not counted."""
    ms_per_window: dict[str, float]
    """By stage, and in total; Vigil's stages run side by side, so they add up to more than the total."""
    peak_memory_mib: float
    predict_gflops: float
    """Arithmetic of the published network a second, while predicting."""
    share_of_matmul: dict[str, float]
    """`predict_gflops` against the machine's own matrix multiplication, by type."""


@dataclass(frozen=True)
class Errors:
    """How far Vigil's scores are from the naive script's, which are fp32."""

    network_relative: float
    """Of the logits, for the same pixels: what arithmetic and library change."""
    network_max_score: float
    path_relative: float
    """Of the logits, over the whole path: decoding and resizing differ too. Mean over the windows."""
    path_max_score: float
    top1_agreement: float


@dataclass(frozen=True)
class LiveBench:
    """The outcome of `vigil bench live`."""

    ratio: float
    goal: float
    threads: int
    cores: int
    video: str
    num_windows: int
    naive: PathFigures
    vigil: PathFigures
    matmul_gflops: dict[str, float]
    errors: Errors
    parity_error: float
    parity_tolerance: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_live_bench(*, threads: int, duration_seconds: float, say: Callable[[str], None]) -> LiveBench:
    """Make a video and run both paths over it, each in a process of its own on the same cores.

    Args:
        threads: Threads of each path, and the number of cores that each may use.
        duration_seconds: Length of the video.
        say: Told what is being done.

    Raises:
        BenchFailed: a path failed, the two did not score the same windows, or the naive script's logits are wrong.
    """
    cores = sorted(os.sched_getaffinity(0))[:threads]
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        folder = Path(name)
        video, models = folder / "footage.mp4", folder / "models"
        stage = _Stage(folder, threads, cores)
        say(f"making {duration_seconds:g} s of {WIDTH}x{HEIGHT} video at {RATE_HZ:g} frames/s, and seeded weights")
        write_footage(video, duration_seconds=duration_seconds)
        stage.run("models.benchmarks.bench_weights", models)
        say("measuring the machine's matrix multiplication")
        matmul = stage.run("models.benchmarks.matmul_rate", "--threads", threads)
        say("running the naive script")
        naive = stage.run(
            "models.benchmarks.naive_i3d", video, models / "i3d_rgb.safetensors", folder, "--threads", threads
        )
        say("running Vigil's path")
        vigil = stage.run("app.bench.vigil_path", video, folder, "--threads", threads)
        errors = _compare(folder)
    if naive["num_windows"] != vigil["num_windows"]:
        raise BenchFailed(f"the naive script scored {naive['num_windows']} windows, Vigil {vigil['num_windows']}")
    if naive["parity_error"] > PARITY_TOLERANCE:
        raise BenchFailed(f"the naive script's logits are {naive['parity_error']:.1e} from the published network's")
    return LiveBench(
        ratio=naive["elapsed_seconds"] / vigil["elapsed_seconds"],
        goal=GOAL,
        threads=threads,
        cores=len(cores),
        video=f"{duration_seconds:g} s, {WIDTH}x{HEIGHT}, {RATE_HZ:g} frames/s, h264",
        num_windows=naive["num_windows"],
        naive=_figures(naive, matmul),
        vigil=_figures(vigil, matmul),
        matmul_gflops=matmul,
        errors=errors,
        parity_error=naive["parity_error"],
        parity_tolerance=PARITY_TOLERANCE,
    )


class _Stage:
    """Runs one part of the benchmark after another, all under the same limits."""

    def __init__(self, folder: Path, threads: int, cores: list[int]) -> None:
        self._cores = cores
        libraries = ("OMP", "MKL", "OPENBLAS", "NUMEXPR")
        self._environment = {
            **os.environ,
            **{f"{library}_NUM_THREADS": str(threads) for library in libraries},
            "OPENCV_FFMPEG_CAPTURE_OPTIONS": f"threads;{threads}",
            "VIGIL_MODELS_DIR": str(folder / "models"),
        }

    def run(self, module: str, *arguments: object) -> dict[str, Any]:
        """Run a module to its end; return the JSON object that it printed, if any.

        Raises:
            BenchFailed: it failed.
        """
        argv = ["-P", "-m", module, *map(str, arguments)]
        pinned = f"import os, runpy, sys; os.sched_setaffinity(0, {self._cores}); sys.argv = {argv[2:]!r}; "
        command = [sys.executable, "-P", "-c", pinned + f"runpy.run_module({module!r}, run_name='__main__')"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            raise BenchFailed(f"{module} failed: {reason[0]}")
        printed = done.stdout.strip().splitlines()
        return dict(json.loads(printed[-1])) if printed else {}


def _figures(told: Mapping[str, Any], matmul: Mapping[str, float]) -> PathFigures:
    num_windows = told["num_windows"]
    ms = {stage: 1000 * told["stage_seconds"][stage] / num_windows for stage in STAGES}
    rate = WINDOW_GFLOP / (ms["predict"] / 1000)
    return PathFigures(
        total_seconds=told["elapsed_seconds"],
        ms_per_window={**ms, "total": 1000 * told["elapsed_seconds"] / num_windows},
        peak_memory_mib=told["peak_memory_mib"],
        predict_gflops=rate,
        share_of_matmul={name: rate / value for name, value in matmul.items()},
    )


def _compare(folder: Path) -> Errors:
    logits = np.load(folder / "naive_logits.npy").astype(np.float64)
    scores = np.load(folder / "vigil_scores.npy")
    first = np.load(folder / "vigil_first_window_scores.npy")
    if scores.shape != logits.shape:
        raise BenchFailed(f"the naive script gave logits {logits.shape}, Vigil scores {scores.shape}")
    expected = _softmax(logits)
    return Errors(
        network_relative=_relative_error(first[None], logits[:1]),
        network_max_score=float(np.abs(first - expected[0]).max()),
        path_relative=_relative_error(scores, logits),
        path_max_score=float(np.abs(scores - expected).max()),
        top1_agreement=float((scores.argmax(1) == logits.argmax(1)).mean()),
    )


def _relative_error(scores: np.ndarray, logits: np.ndarray) -> float:
    """Return the mean error of the logits behind some scores; they are known up to a constant, so both are centred."""
    found = np.log(np.maximum(scores, 1e-30))
    found -= found.mean(1, keepdims=True)
    expected = logits - logits.mean(1, keepdims=True)
    return float((np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)).mean())


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))
