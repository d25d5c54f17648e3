"""What every model costs on this machine, in each arithmetic and by each library that runs it."""

import importlib.util
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.bench.comparison import BenchFailed, relative_error
from app.bench.stage import Stage
from models.registry import find_card, is_servable, model_names
from models.results import Classification, result_from_json
from models.store.stored_models import calibration_path

REFERENCE = ("torch", "float32")
"""How a model runs as its authors ran it: what errors and gains are measured against."""


@dataclass(frozen=True)
class ModelFigures:
    """One model, run in one way."""

    model: str
    backend: str
    arithmetic: str
    clip: str
    """Frames x height x width of what the model is handed."""
    prepare_ms: float
    """On the worker's own threads, beside the network: resizing, cropping, optical flow."""
    ms_per_clip: dict[str, float]
    """Time that the network and what follows take for a clip, by the size of the batch."""
    gflop: float
    """Arithmetic of a clip."""
    gflops: float
    """Arithmetic a second, at the best batch size."""
    share_of_matmul: float
    """`gflops` against the device's own matrix multiplication of the same type."""
    peak_memory_mib: float
    """Of the process on a CPU, of the device's memory on a GPU, while scoring."""
    error: float | None
    """Relative error of the logits against fp32 PyTorch; for several labels or numbers, the largest difference. None
    where the answer is so sure of one label that scores tell nothing of logits, as seeded weights may make it."""


@dataclass(frozen=True)
class ModelsBench:
    """The outcome of `vigil bench models`."""

    ratio: float
    """Geometric mean over the models: fp32 PyTorch's time against the best way's."""
    device: str
    threads: int
    matmul_gflops: dict[str, float]
    figures: tuple[ModelFigures, ...]
    failures: dict[str, str]
    """By model and way: why it could not be measured."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_models_bench(
    names: Sequence[str],
    *,
    device: str,
    threads: int,
    batch_sizes: Sequence[int],
    seconds: float,
    say: Callable[[str], None],
) -> ModelsBench:
    """Measure models one after the other, each way in a process of its own.

    Args:
        names: Models; those without weights get seeded ones, which cost the same.
        device: "cpu" or "cuda:N".
        threads: Threads of each process, and the number of cores that it may use.
        seconds: Time spent on each batch size.

    Raises:
        BenchFailed: nothing could be measured.
    """
    cores = sorted(os.sched_getaffinity(0))[:threads]
    figures: list[ModelFigures] = []
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        stage = Stage(Path(folder), threads, cores)
        say("measuring the machine's matrix multiplication")
        matmul = stage.run("models.benchmarks.matmul_rate", "--device", device)
        _seed_weights(names, stage, Path(folder) / "models")
        for name in names:
            runs: dict[tuple[str, str], dict[str, Any]] = {}
            for backend, arithmetic in _ways(name, device):
                say(f"{name}: {backend} {arithmetic}")
                arguments = ("--backend", backend, "--arithmetic", arithmetic, "--device", device)
                rest = ("--seconds", seconds, "--batch", *batch_sizes)
                try:
                    told = stage.run("models.benchmarks.predictor_run", name, *arguments, *rest)
                except BenchFailed as error:
                    failures[f"{name}, {backend} {arithmetic}"] = str(error)
                    continue
                runs[backend, arithmetic] = told
            figures += _figures(name, runs, matmul)
    if not figures:
        raise BenchFailed(f"nothing could be measured: {'; '.join(failures.values()) or 'no model was named'}")
    return ModelsBench(_gain(figures), device, threads, matmul, tuple(figures), failures)


def measurable_names() -> list[str]:
    """Return the models of video, which are what this benchmark measures; one joined of others needs their weights."""
    return [name for name in model_names() if find_card(name).clip_spec is not None and _can_be_made(name)]


def _can_be_made(name: str) -> bool:
    card = find_card(name)
    return card.network != "two_stream" or is_servable(card)


def _ways(name: str, device: str) -> Iterator[tuple[str, str]]:
    yield REFERENCE
    if not _has_network(name):
        return
    yield "torch", "bfloat16"
    if device == "cpu" and importlib.util.find_spec("openvino") is not None:
        yield "openvino", "float32"
        yield "openvino", "bfloat16"
        if calibration_path(name).is_file():
            yield "openvino", "int8"


def _has_network(name: str) -> bool:
    return bool(find_card(name).labels)


def _seed_weights(names: Sequence[str], stage: Stage, folder: Path) -> None:
    """Write weights for the models that have none; the two-stream model needs those of its streams."""
    parts = {part for name in names for part in (("i3d_rgb", "i3d_flow") if name == "i3d_two_stream" else (name,))}
    missing = sorted(part for part in parts if not find_card(part).weights_sha256 and _has_network(part))
    for part in missing:
        with suppress(BenchFailed):  # the run of the model itself will say that it has no weights
            stage.run("models.benchmarks.bench_weights", folder, part)


def _figures(
    name: str, runs: Mapping[tuple[str, str], dict[str, Any]], matmul: Mapping[str, float]
) -> Iterator[ModelFigures]:
    reference = runs.get(REFERENCE)
    gflop = float(reference["gflop"]) if reference else math.nan
    for (backend, arithmetic), told in runs.items():
        rate = 1000 * gflop / min(told["predict_ms"].values())
        yield ModelFigures(
            model=name,
            backend=backend,
            arithmetic=arithmetic,
            clip=told["clip"],
            prepare_ms=told["prepare_ms"],
            ms_per_clip=told["predict_ms"],
            gflop=gflop,
            gflops=rate,
            share_of_matmul=rate / matmul[arithmetic],
            peak_memory_mib=told["peak_memory_mib"],
            error=_error(told["result"], reference["result"]) if reference else None,
        )


def _error(found: dict[str, Any], expected: dict[str, Any]) -> float | None:
    """Return how far a result is from another one of the same model."""
    one, other = result_from_json(found), result_from_json(expected)
    if isinstance(one, Classification) and isinstance(other, Classification) and not one.is_multi_label:
        if max(other.scores) == 1:
            return None
        return relative_error(np.array([one.scores]), np.log(np.maximum(np.array([other.scores]), 1e-30)))
    pairs = zip(_numbers(found), _numbers(expected), strict=True)
    return max((abs(a - b) for a, b in pairs), default=0.0)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in _numbers(item)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _gain(figures: Sequence[ModelFigures]) -> float:
    """Return by how much the best way is faster than the reference, the geometric mean over the models."""
    gains = []
    for name in {figure.model for figure in figures if figure.gflop > 0}:
        times = {(f.backend, f.arithmetic): min(f.ms_per_clip.values()) for f in figures if f.model == name}
        if REFERENCE in times:
            gains.append(math.log(times[REFERENCE] / min(times.values())))
    return math.exp(sum(gains) / len(gains)) if gains else 1.0
