"""Phases of an analysed operation as tables: spans in CSV, frames in the text layout of Cholec80."""

import csv
from bisect import bisect_right
from pathlib import Path

from app.surgery.phase_track import phase_spans
from stream.analysis import AnalysedVideo

CHOLEC80_RATE_HZ = 25.0
"""Of Cholec80's own videos; taken where a video does not say its rate."""


class PhaseTable:
    """Writes `<input>_phases.csv`: one line a phase, with start, end and length in seconds."""

    suffix = "_phases.csv"

    def __init__(self, model: str) -> None:
        self._model = model

    def make(self, path: Path, video: AnalysedVideo) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("phase", "start_seconds", "end_seconds", "duration_seconds"))
            for span in phase_spans(video, self._model):
                times = (span.start_seconds, span.end_seconds, span.duration_seconds)
                table.writerow((span.phase, *(f"{seconds:.3f}" for seconds in times)))


class Cholec80Text:
    """Writes `<input>-phase.txt`: number and phase of every frame of the video, after a head line, tabs between."""

    suffix = "-phase.txt"

    def __init__(self, model: str) -> None:
        self._model = model

    def make(self, path: Path, video: AnalysedVideo) -> None:
        spans = phase_spans(video, self._model)
        rate_hz = video.media.declared_rate_hz or CHOLEC80_RATE_HZ
        starts = [span.start_seconds for span in spans]
        with path.open("w", encoding="utf-8") as file:
            file.write("Frame\tPhase\n")
            for frame in range(round(video.duration_seconds * rate_hz)):
                index = bisect_right(starts, starts[0] + frame / rate_hz) - 1
                file.write(f"{frame}\t{spans[index].phase}\n")
