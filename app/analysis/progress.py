"""How an analysis goes, for whoever waits: bars on a terminal, a line a file elsewhere, a table at the end."""

import time
from pathlib import PurePath
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.pictures.time_axis import format_time
from stream.batch.inputs import AnalysisInput
from stream.batch.summary import AnalysisSummary, InputReport
from stream.sources.reader import MediaInfo
from stream.sources.url import redact_url

MAX_NAME_LENGTH = 36
"""Letters of an input's name beside its bar."""
MAX_TABLE_ROWS = 60
"""Inputs listed in the table; of a longer run only those are that went wrong."""


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


def describe_report(report: InputReport) -> str:
    """Say in one line what became of an input."""
    if report.state == "refused":
        # The reasons of sources begin with the input's name already.
        is_named = report.reason.startswith(f"{report.source}: ")
        return f"refused: {report.reason}" if is_named else f"refused: {report.source}: {report.reason}"
    if report.state == "skipped":
        return f"skipped: {report.source}: its outputs are complete{_remark(report)}"
    video, elapsed = (format_time(part, decimals=1) for part in (report.video_seconds, report.elapsed_seconds))
    line = (
        f"{report.state}: {report.source}: {_count(report.num_clips, 'clip')}, {_count(report.num_events, 'event')}, "
        f"{video} of video in {elapsed} ({_speed(report.video_seconds, report.elapsed_seconds)}x real time)"
    )
    if report.num_damaged_frames:
        line += f"; {report.num_damaged_frames:,} of {report.num_frames:,} frames are damaged"
    return line + _remark(report)


def _remark(report: InputReport) -> str:
    return f"; the video {report.reason}" if report.reason else ""


def summary_table(summary: AnalysisSummary) -> Table:
    """Return a table of the inputs and their sum; of very many inputs only those are listed that went wrong."""
    table = Table(show_footer=True, box=SIMPLE_HEAD, pad_edge=False)
    reports = summary.reports
    video_seconds = sum(report.video_seconds for report in reports)
    table.add_column("input", footer=_total_line(summary), overflow="fold", min_width=24)
    table.add_column("state")
    for name, footer in (
        ("video", format_time(video_seconds, decimals=1)),
        ("clips", f"{sum(report.num_clips for report in reports):,}"),
        ("events", f"{sum(report.num_events for report in reports):,}"),
        ("damaged", f"{sum(report.num_damaged_frames for report in reports):,}"),
        ("time", format_time(summary.elapsed_seconds, decimals=1)),
        ("x real time", _speed(video_seconds, summary.elapsed_seconds)),
    ):
        table.add_column(name, footer=footer, justify="right", no_wrap=True)
    is_long = len(reports) > MAX_TABLE_ROWS
    for report in reports:
        if not is_long or report.reason:
            table.add_row(*_row(report))
    return table


def _row(report: InputReport) -> tuple[str, ...]:
    name = report.name or report.source
    if report.state in ("skipped", "refused"):
        return (escape(name), report.state)
    return (
        escape(name),
        report.state,
        format_time(report.video_seconds, decimals=1),
        f"{report.num_clips:,}",
        f"{report.num_events:,}",
        f"{report.num_damaged_frames:,}",
        format_time(report.elapsed_seconds, decimals=1),
        _speed(report.video_seconds, report.elapsed_seconds),
    )


def _total_line(summary: AnalysisSummary) -> str:
    parts = [f"{summary.num_in('done')} done"]
    parts += [
        f"{summary.num_in(state)} {state}" for state in ("partial", "skipped", "refused") if summary.num_in(state)
    ]
    if summary.num_ignored_files:
        parts.append(f"{_count(summary.num_ignored_files, 'other file')} ignored")
    return ", ".join(parts)


def _short(location: str) -> str:
    """Return the last part of a path or URL, short enough to leave room for a bar."""
    name = PurePath(redact_url(location)).name or location
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"


def _speed(video_seconds: float, elapsed_seconds: float) -> str:
    return f"{video_seconds / max(elapsed_seconds, 1e-3):.1f}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
