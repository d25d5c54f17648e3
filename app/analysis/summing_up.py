"""What became of the inputs of an analysis, in words: a line an input, a table of all."""

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from app.pictures.time_axis import format_time
from stream.batch.summary import AnalysisSummary, InputReport

MAX_TABLE_ROWS = 60
"""Inputs listed in the table; of a longer run only those are that went wrong."""


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


def _remark(report: InputReport) -> str:
    return f"; the video {report.reason}" if report.reason else ""


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


def _speed(video_seconds: float, elapsed_seconds: float) -> str:
    return f"{video_seconds / max(elapsed_seconds, 1e-3):.1f}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
