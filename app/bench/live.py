"""Runs the naive script and Vigil's path over one video, side by side, and compares them."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.bench.comparison import BenchFailed, Errors, compare
from app.bench.footage import HEIGHT, RATE_HZ, WIDTH, write_footage
from app.bench.stage import Stage
from models.predictor import Arithmetic, ServingMode

GOALS: dict[ServingMode, float] = {"window": 3.0, "stream": 10.0}
"""Times faster than the naive script, for windows at the same places, decode to result."""
PARITY_TOLERANCE = 1e-4
"""How far the naive script's logits may be from the published implementation's, relative to their mean size."""
WINDOW_GFLOP = 222.3
"""Arithmetic of I3D on 64 x 224 x 224 (two operations for each multiply and add)."""
NEW_SHARE = 16 / 64
"""Share of a window's frames that are new since the one before: all that a stream computes."""
STRIDE_FRAMES = 16
FOOTAGE = "footage.mp4"
CALIBRATION_SECONDS = 5.0
"""Of each video that eight-bit arithmetic is calibrated and compared on."""

STAGES = ("decode", "resize", "prepare", "predict")


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
class LiveBench:
    """The outcome of `vigil bench live`."""

    ratio: float
    mode: ServingMode
    arithmetic: Arithmetic
    goal: float
    threads: int
    cores: int
    repeats: int
    video: str
    num_windows: int
    naive: PathFigures
    vigil: PathFigures
    matmul_gflops: dict[str, float]
    errors: Errors
    parity_error: float
    parity_tolerance: float
    algorithm_lag_seconds: float
    """Media time from the end of a window to the last frame that Vigil's score of it depends on."""
    system_lag_ms: float
    """From that frame to the score: its decoding and resizing, then what is prepared and predicted of the window."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_live_bench(
    *,
    threads: int,
    duration_seconds: float,
    repeats: int,
    mode: ServingMode = "window",
    arithmetic: Arithmetic = "auto",
    say: Callable[[str], None],
) -> LiveBench:
    """Make a video and run both paths over it, each in a process of its own on the same cores.

    Args:
        threads: Threads of each path, and the number of cores that each may use.
        duration_seconds: Length of the video.
        repeats: Runs of each path, by turns; the best of each counts, since other work can only slow a run.
        mode: How Vigil scores the windows: each by itself, or as parts of the video.
        arithmetic: Of Vigil's path; for "int8" the network is calibrated on other videos first.
        say: Told what is being done.

    Raises:
        BenchFailed: a path failed, the two did not score the same windows, or the naive script's logits are wrong.
    """
    cores = sorted(os.sched_getaffinity(0))[:threads]
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        folder = Path(name)
        say(f"making {duration_seconds:g} s of {WIDTH}x{HEIGHT} video at {RATE_HZ:g} frames/s, and seeded weights")
        write_footage(folder / FOOTAGE, duration_seconds=duration_seconds)
        stage = Stage(folder, threads, cores)
        matmul, naive, vigil = _measure(stage, folder, repeats=repeats, mode=mode, arithmetic=arithmetic, say=say)
        errors = compare(folder)
    if naive["parity_error"] > PARITY_TOLERANCE:
        raise BenchFailed(f"the naive script's logits are {naive['parity_error']:.1e} from the published network's")
    vigil_figures = _figures(vigil, matmul, WINDOW_GFLOP * (NEW_SHARE if mode == "stream" else 1))
    return LiveBench(
        ratio=naive["elapsed_seconds"] / vigil["elapsed_seconds"],
        mode=mode,
        arithmetic=arithmetic,
        goal=GOALS[mode],
        threads=threads,
        cores=len(cores),
        repeats=repeats,
        video=f"{duration_seconds:g} s, {WIDTH}x{HEIGHT}, {RATE_HZ:g} frames/s, h264",
        num_windows=naive["num_windows"],
        naive=_figures(naive, matmul, WINDOW_GFLOP),
        vigil=vigil_figures,
        matmul_gflops=matmul,
        errors=errors,
        parity_error=naive["parity_error"],
        parity_tolerance=PARITY_TOLERANCE,
        algorithm_lag_seconds=vigil["lag_seconds"],
        system_lag_ms=_system_lag_ms(vigil_figures.ms_per_window),
    )


def _measure(
    stage: Stage, folder: Path, *, repeats: int, mode: ServingMode, arithmetic: Arithmetic, say: Callable[[str], None]
) -> tuple[dict[str, float], dict[str, Any], dict[str, Any]]:
    """Run everything by turns; return the best rates of multiplication, and the best run of either path."""
    video, models = folder / FOOTAGE, folder / "models"
    stage.run("models.benchmarks.bench_weights", models)
    if arithmetic == "int8":
        say("calibrating on other videos")
        stage.run("app.bench.calibrating", *_other_footage(folder))
    rates, naives, vigils = [], [], []
    for index in range(repeats):
        turn = f" ({index + 1} of {repeats})" if repeats > 1 else ""
        say(f"measuring the machine's matrix multiplication{turn}")
        rates.append(stage.run("models.benchmarks.matmul_rate"))
        say(f"running the naive script{turn}")
        naives.append(stage.run("models.benchmarks.naive_i3d", video, models / "i3d_rgb.safetensors", folder))
        say(f"running Vigil's path{turn}")
        vigils.append(stage.run("app.bench.vigil_path", video, folder, "--mode", mode, "--arithmetic", arithmetic))
    naive, vigil = (min(runs, key=lambda run: float(run["elapsed_seconds"])) for runs in (naives, vigils))
    return {dtype: max(rate[dtype] for rate in rates) for dtype in rates[0]}, naive, vigil


def _other_footage(folder: Path) -> list[Path]:
    """Make videos like the one that is scored, of other seeds."""
    videos = [folder / f"other_{seed}.mp4" for seed in (1, 2)]
    for seed, video in enumerate(videos, start=1):
        write_footage(video, duration_seconds=CALIBRATION_SECONDS, seed=seed)
    return videos


def _system_lag_ms(ms: Mapping[str, float]) -> float:
    return (ms["decode"] + ms["resize"]) / STRIDE_FRAMES + ms["prepare"] + ms["predict"]


def _figures(told: Mapping[str, Any], matmul: Mapping[str, float], gflop: float) -> PathFigures:
    num_windows = told["num_windows"]
    ms = {stage: 1000 * told["stage_seconds"][stage] / num_windows for stage in STAGES}
    rate = gflop / (ms["predict"] / 1000)
    return PathFigures(
        total_seconds=told["elapsed_seconds"],
        ms_per_window={**ms, "total": 1000 * told["elapsed_seconds"] / num_windows},
        peak_memory_mib=told["peak_memory_mib"],
        predict_gflops=rate,
        share_of_matmul={name: rate / value for name, value in matmul.items()},
    )
