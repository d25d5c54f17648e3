"""How an analysis goes, for whoever waits: bars on a terminal, and a line a file."""

import time
from pathlib import PurePath
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.analysis.summing_up import describe_report
from stream.batch.inputs import AnalysisInput
from stream.batch.summary import InputReport
from stream.sources.reader import MediaInfo
from stream.sources.url import redact_url

MAX_NAME_LENGTH = 36
"""Letters of an input's name beside its bar."""


class AnalysisProgress:
    """Follows an analysis (`stream.analysis.Listener`) and shows it on a console."""

    def __init__(self, console: Console, total_bytes: int) -> None:
        self._console = console
        self._bars = _Bars(console, total_bytes) if console.is_terminal else None
        self._place = ""
        self._num_inputs = 0

    def started(self, entry: AnalysisInput, index: int, num_inputs: int) -> None:
        self._num_inputs = num_inputs
        self._place = f"[{index + 1}/{num_inputs}] "
        if self._bars:
            self._bars.start(entry, f"{self._place}{_short(entry.location)}")

    def loading(self) -> None:
        if self._bars:
            self._bars.say("loading the models")

    def opened(self, media: MediaInfo) -> None:
        if self._bars:
            self._bars.open(media.duration_seconds)

    def advanced(self, position_seconds: float, num_clips: int) -> None:
        if self._bars:
            self._bars.advance(position_seconds, num_clips)

    def making(self, suffix: str) -> None:
        if self._bars:
            self._bars.say(f"writing {suffix.lstrip('_')}")

    def finished(self, report: InputReport) -> None:
        if self._bars:
            self._bars.finish()
        # soft_wrap: a reason is one line, however narrow the terminal.
        self._console.print(f"{self._place}{describe_report(report)}", markup=False, highlight=False, soft_wrap=True)
        self._place = ""

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.progress.stop()


class _Bars:
    """One bar for the input at hand, one for all of them by their size."""

    def __init__(self, console: Console, total_bytes: int) -> None:
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._all = self.progress.add_task("all inputs", total=max(total_bytes, 1), rate="")
        self._one: TaskID | None = None
        self._entry_bytes = 0
        self._done_bytes = 0
        self._duration_seconds: float | None = None
        self._began_at = 0.0

    def start(self, entry: AnalysisInput, description: str) -> None:
        self._entry_bytes, self._duration_seconds = entry.size_bytes, None
        self._began_at = time.monotonic()
        self._one = self.progress.add_task(description, total=None, rate="")

    def open(self, duration_seconds: float | None) -> None:
        self._duration_seconds = duration_seconds
        self._began_at = time.monotonic()
        if self._one is not None:
            self.progress.update(self._one, total=duration_seconds)

    def advance(self, position_seconds: float, num_clips: int) -> None:
        elapsed = max(time.monotonic() - self._began_at, 1e-3)
        rate = f"{num_clips / elapsed:.2f} clips/s, {position_seconds / elapsed:.1f}x real time"
        if self._one is not None:
            self.progress.update(self._one, completed=position_seconds, rate=rate)
        if self._duration_seconds:
            share = min(position_seconds / self._duration_seconds, 1.0)
            self.progress.update(self._all, completed=self._done_bytes + share * self._entry_bytes)

    def say(self, text: str) -> None:
        if self._one is not None:
            self.progress.update(self._one, rate=text)

    def finish(self) -> None:
        self._done_bytes += self._entry_bytes
        self.progress.update(self._all, completed=self._done_bytes)
        if self._one is not None:
            self.progress.remove_task(self._one)
        self._one, self._entry_bytes = None, 0


def _short(location: str) -> str:
    """Return the last part of a path or URL, short enough to leave room for a bar."""
    name = PurePath(redact_url(location)).name or location
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
