"""How a reading of pictures or volumes goes, for whoever waits: a bar on a terminal, and a line an input."""

from pathlib import PurePath
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from app.imaging.reading import Order
from models.imaging.answer import Progress
from stream.batch.summary import AnalysisSummary, InputReport

MAX_TABLE_ROWS = 60
"""Inputs listed in the table; of a longer run only those are that went wrong."""


class ImagingProgress:
    """Follows a run (`app.imaging.analysis.Listener`) and shows it on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = progress_bars(console) if console.is_terminal else None
        self._task: TaskID | None = None
        self._place = ""

    def started(self, order: Order, index: int, num_inputs: int) -> None:
        self._place = f"[{index + 1}/{num_inputs}] "
        if self._bars:
            name = PurePath(order.location).name or order.location
            self._task = self._bars.add_task(f"{self._place}{name}", total=None, unit="")

    def loading(self) -> None:
        if self._bars and self._task is not None:
            self._bars.update(self._task, unit="loading the model")

    def advanced(self, progress: Progress) -> None:
        if self._bars and self._task is not None:
            self._bars.update(self._task, completed=progress.done, total=progress.total, unit=progress.unit)

    def finished(self, report: InputReport) -> None:
        if self._bars and self._task is not None:
            self._bars.remove_task(self._task)
        self._task = None
        # soft_wrap: a reason is one line, however narrow the terminal.
        line = f"{self._place}{describe_imaging_report(report)}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._place = ""

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()


def progress_bars(console: Console) -> Bars:
    """Return bars of work that is counted in pieces; tasks have the field `unit`."""
    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def describe_imaging_report(report: InputReport) -> str:
    """Say in one line what became of an input."""
    if report.state == "refused":
        # The reasons of sources begin with the input's name already.
        is_named = report.reason.startswith(report.source)
        return f"refused: {report.reason}" if is_named else f"refused: {report.source}: {report.reason}"
    if report.state == "skipped":
        return f"skipped: {report.source}: its outputs are complete"
    pages = f" in {report.num_samples} pictures" if report.num_samples > 1 else ""
    return f"done: {report.source}: {report.num_objects:,} found{pages}, {report.elapsed_seconds:.1f} s"


def imaging_table(summary: AnalysisSummary) -> Table:
    """Return a table of the inputs and their sum; of very many inputs only those are listed that went wrong."""
    table = Table(show_footer=True, box=SIMPLE_HEAD, pad_edge=False)
    counts = [f"{summary.num_in('done')} done"]
    counts += [f"{summary.num_in(state)} {state}" for state in ("skipped", "refused") if summary.num_in(state)]
    if summary.num_ignored_files:
        counts.append(f"{summary.num_ignored_files:,} other files ignored")
    table.add_column("input", footer=", ".join(counts), overflow="fold", min_width=24)
    table.add_column("state")
    num_objects = sum(report.num_objects for report in summary.reports)
    table.add_column("found", footer=f"{num_objects:,}", justify="right", no_wrap=True)
    table.add_column("time", footer=f"{summary.elapsed_seconds:.1f} s", justify="right", no_wrap=True)
    for report in summary.reports:
        if len(summary.reports) <= MAX_TABLE_ROWS or report.reason:
            is_read = report.state == "done"
            numbers = (f"{report.num_objects:,}", f"{report.elapsed_seconds:.1f} s") if is_read else ()
            table.add_row(escape(report.name or report.source), report.state, *numbers)
    return table
