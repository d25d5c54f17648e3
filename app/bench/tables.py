"""The outcomes of benchmarks as tables for a terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from app.bench.flow import FlowBench
from app.bench.models import ModelsBench

PLAIN_WIDTH = 160
"""Columns of a table where there is no terminal to fit into."""


def print_table(table: Table) -> None:
    """Print a table, whole even where the output is a file."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    console.print(table)


def models_table(outcome: ModelsBench) -> Table:
    """Return one line a model and way."""
    sizes = list(outcome.figures[0].ms_per_clip)
    titles = ("model", "run by", "prepare, ms", *(f"batch of {size}, ms a clip" for size in sizes))
    table = _table((*titles, "GFLOP", "share of matmul", "peak MiB", "error"), num_names=2)
    for figure in outcome.figures:
        times = [f"{figure.ms_per_clip[size]:.1f}" for size in sizes]
        error = "" if figure.error is None else f"{figure.error:.1e}"
        # Where there is no matrix product there is no share of its rate.
        share = f"{figure.share_of_matmul:.0%}" if figure.gflop > 0 else ""
        table.add_row(
            figure.model,
            f"{figure.backend} {figure.arithmetic}",
            f"{figure.prepare_ms:.1f}",
            *times,
            f"{figure.gflop:.1f}",
            share,
            f"{figure.peak_memory_mib:.0f}",
            error,
        )
    rates = ", ".join(f"{rate:.0f} GFLOP/s {dtype}" for dtype, rate in outcome.matmul_gflops.items())
    table.caption = (
        f"{outcome.device}, {outcome.threads} threads; its matrix multiplication: {rates}; "
        f"best way against fp32 PyTorch: {outcome.ratio:.2f} times faster"
    )
    return table


def flow_table(outcome: FlowBench) -> Table:
    """Return one line a kind of scene and method."""
    titles = ("scene", "method", "pairs", "moving, px", "still, px", "all, px", "3 px off", "ms a pair")
    table = _table(titles, num_names=2)
    for figure in outcome.figures:
        error = figure.error
        errors = [f"{pixels:.2f}" for pixels in (error.moving_pixels, error.still_pixels, error.mean_pixels)]
        share, ms = f"{error.outlier_share:.1%}", f"{figure.ms_per_pair:.1f}"
        table.add_row(figure.scene, figure.method, str(figure.num_pairs), *errors, share, ms)
    table.caption = f"end-point error of pixels visible in both frames; tvl1 on {outcome.device}"
    return table


def _table(titles: Sequence[str], *, num_names: int) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, title in enumerate(titles):
        table.add_column(title, justify="left" if index < num_names else "right")
    return table
