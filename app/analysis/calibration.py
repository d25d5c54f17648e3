"""Teaches a model what its layers read on real video, so that it can run in eight bits, and says what that costs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console

from app.analysis.progress import AnalysisProgress
from models.predictor import ModelCard
from models.predictors.table import predictor_of
from models.runtime.activation_ranges import Calibration, RangeRecorder
from models.runtime.options import RuntimeOptions
from stream.analysis import AnalysedVideo, Analysis, AnalysisOptions
from stream.batch.inputs import FoundInputs

SHARE_KEPT_APART = 0.25
"""Of the videos: on these float32 and eight bits are compared."""


def calibrate(card: ModelCard, found: FoundInputs, *, threads: int) -> Calibration:
    """Run a model over videos, keep the ranges that its layers read, and compare eight bits with float32.

    Args:
        card: Of a model of video that has labels.
        found: At least two videos that can be read, as ordinary as what the model will see.
        threads: Threads of the CPU; 0: all cores.

    Raises:
        ValueError: there are too few videos, the model has no network, or OpenVINO is not installed.
        OSError: the calibration cannot be written; one of before is still there.
    """
    num_apart = max(round(len(found.inputs) * SHARE_KEPT_APART), 1)
    if len(found.inputs) < 2:
        raise ValueError(f"calibration needs at least 2 videos, one to compare on; found {len(found.inputs)}")
    learned_from = replace(found, inputs=found.inputs[:-num_apart])
    kept_apart = replace(found, inputs=found.inputs[-num_apart:])
    exact = RuntimeOptions(device="cpu", threads=threads, backend="openvino", arithmetic="float32")
    recorder = RangeRecorder()
    seen = _scores(card, learned_from, replace(exact, recorder=recorder))
    if not recorder.networks:
        raise ValueError(f"{card.name} has no network that OpenVINO runs; there is nothing to calibrate")
    videos = tuple(Path(entry.location).name for entry in learned_from.inputs)
    learned = Calibration(card.name, videos, len(seen), 0.0, 0.0, recorder.networks)
    learned.save()  # the comparison runs by it
    right, rounded = (_scores(card, kept_apart, replace(exact, arithmetic=way)) for way in ("float32", "int8"))
    calibration = replace(
        learned,
        agreement=float((right.argmax(1) == rounded.argmax(1)).mean()),
        mean_difference=float(np.abs(right - rounded).mean()),
    )
    calibration.save()
    return calibration


def _scores(card: ModelCard, found: FoundInputs, options: RuntimeOptions) -> np.ndarray:
    """Return what a model says of every clip, (N, number of names)."""
    progress = AnalysisProgress(Console(stderr=True), sum(entry.size_bytes for entry in found.inputs))
    collector = _Collector()
    with TemporaryDirectory(prefix="vigil-calibrate-") as folder, progress:
        analysis = Analysis(
            [card],
            lambda: [predictor_of(card, options, card.mode)],
            Path(folder),
            options=AnalysisOptions(formats=("jsonl",)),
            products=[collector],
            listener=progress,
        )
        summary = analysis.run(found)
    if not collector.values:
        reasons = "; ".join(report.reason for report in summary.reports if report.reason)
        raise ValueError(f"no clip could be read: {reasons or 'the videos are shorter than a clip'}")
    return np.concatenate(collector.values)


class _Collector:
    """Keeps what is said of every analysed video, and writes how much that was."""

    suffix = "_num_clips.txt"

    def __init__(self) -> None:
        self.values: list[np.ndarray] = []

    def make(self, path: Path, video: AnalysedVideo) -> None:
        found = [series.values for series in video.series if len(series.values)]
        self.values += found
        path.write_text(f"{_num_clips(found)}\n", encoding="utf-8")


def _num_clips(values: Sequence[np.ndarray]) -> int:
    return sum(map(len, values))
