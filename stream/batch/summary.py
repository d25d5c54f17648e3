"""What a batch run did: a report an input, and the summary of all."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

InputState = Literal["done", "partial", "skipped", "refused"]
"""Partial: analysed as far as it could be decoded, which is less than it declares."""


@dataclass(frozen=True)
class StageSeconds:
    """Where the time of one input went; the stages run side by side, so they may add up to more than the whole."""

    decode: float = 0.0
    resize: float = 0.0
    prepare: float = 0.0
    predict: float = 0.0


@dataclass(frozen=True)
class InputReport:
    """What became of one input."""

    source: str
    """Path or URL, without credentials."""
    state: InputState
    reason: str = ""
    """Why it was refused, or what its analysis lacks, in one line."""
    name: str = ""
    """Stem of its output files."""
    video_seconds: float = 0.0
    """Media time that was analysed."""
    num_frames: int = 0
    num_damaged_frames: int = 0
    num_clips: int = 0
    """Clips scored, each model's counted."""
    num_events: int = 0
    num_samples: int = 0
    """Pictures or volumes that were read; 0 of videos."""
    num_objects: int = 0
    """What was found in them: findings, objects or labelled regions."""
    elapsed_seconds: float = 0.0
    stage_seconds: StageSeconds = field(default_factory=StageSeconds)
    outputs: tuple[str, ...] = ()
    """Names of the files written for it."""


@dataclass(frozen=True)
class AnalysisSummary:
    """What a whole run did."""

    reports: tuple[InputReport, ...]
    num_ignored_files: int
    """Files of the folders given that are not of the kind that the models read."""
    elapsed_seconds: float

    def num_in(self, state: InputState) -> int:
        return sum(report.state == state for report in self.reports)

    @property
    def exit_code(self) -> int:
        """0 when every input was analysed whole, 3 when some were not or in part, 1 when all were refused."""
        if not any(report.reason for report in self.reports):
            return 0
        return 1 if self.num_in("refused") == len(self.reports) else 3

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        done = [report for report in self.reports if report.state in ("done", "partial")]
        return {
            "num_done": self.num_in("done"),
            "num_partial": self.num_in("partial"),
            "num_skipped": self.num_in("skipped"),
            "num_refused": self.num_in("refused"),
            "num_ignored_files": self.num_ignored_files,
            "num_clips": sum(report.num_clips for report in done),
            "num_events": sum(report.num_events for report in done),
            "video_seconds": sum(report.video_seconds for report in done),
            "elapsed_seconds": self.elapsed_seconds,
            "exit_code": self.exit_code,
            "inputs": [asdict(report) for report in self.reports],
        }
