"""The outcomes of benchmarks as tables for a terminal."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from app.bench.flow import FlowBench
from app.bench.jobs import JobsBench
from app.bench.live import LiveBench
from app.bench.models import ModelsBench

PLAIN_WIDTH = 160
"""Columns of a table where there is no terminal to fit into."""


def print_live(outcome: LiveBench) -> None:
    """Print what each stage of both paths took, and what was found."""
    console = _console()
    console.print(_live_table(outcome))
    for line in _findings(outcome):
        console.print(line, soft_wrap=True)


def print_models(outcome: ModelsBench) -> None:
    """Print one line a model and way."""
    _console().print(_models_table(outcome))


def print_jobs(outcome: JobsBench) -> None:
    """Print how live clips fared without and with a CT, and what was found."""
    table = _table(("", "clips", "p50, ms", "p95, ms", "dropped"), num_names=1)
    for name, figures in (("cameras alone", outcome.alone), ("with a CT", outcome.with_ct)):
        dropped = ", ".join(f"{reason} {number}" for reason, number in figures.dropped.items() if number) or "none"
        table.add_row(name, str(figures.num_clips), f"{figures.p50_ms:.0f}", f"{figures.p95_ms:.0f}", dropped)
    table.caption = (
        f"{outcome.num_sources} cameras of 720p; the 95th percentile is {outcome.ratio:.2f} times as long with a CT of "
        f"{outcome.ct} (goal: below {outcome.goal}), of which {outcome.windows_per_second:.1f} windows/s were read"
    )
    _console().print(table)


def print_flow(outcome: FlowBench) -> None:
    """Print one line a kind of scene and method."""
    _console().print(_flow_table(outcome))


def _console() -> Console:
    """Return a console on which tables are whole, even where the output is a file."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _live_table(outcome: LiveBench) -> Table:
    table = _table(("", "naive script", "vigil"), num_names=1)
    naive, vigil = outcome.naive, outcome.vigil
    for stage in naive.ms_per_window:
        name = "decode to result" if stage == "total" else stage
        table.add_row(f"{name}, ms a window", f"{naive.ms_per_window[stage]:.1f}", f"{vigil.ms_per_window[stage]:.1f}")
    table.add_row("peak memory, MiB", f"{naive.peak_memory_mib:.0f}", f"{vigil.peak_memory_mib:.0f}")
    table.add_row("predict, GFLOP/s", f"{naive.predict_gflops:.0f}", f"{vigil.predict_gflops:.0f}")
    for dtype in outcome.matmul_gflops:
        shares = [f"{figures.share_of_matmul[dtype]:.0%}" for figures in (naive, vigil)]
        table.add_row(f"share of {dtype} matrix multiplication", *shares)
    return table


def _findings(outcome: LiveBench) -> list[str]:
    errors, matmul = outcome.errors, outcome.matmul_gflops
    return [
        f"{outcome.num_windows} windows of 64 frames from {outcome.video}",
        f"each path has {outcome.threads} threads on {outcome.cores} cores; best of {outcome.repeats}; "
        f"Vigil's arithmetic: {outcome.arithmetic}",
        f"this machine's matrix multiplication: {matmul['float32']:.0f} GFLOP/s fp32, {matmul['bfloat16']:.0f} bf16",
        f"error against fp32, of the logits: {errors.network_relative:.1e} for the same pixels, "
        f"{errors.path_relative:.1e} over the whole path, which scales pictures another way"
        + (" and pads no window's ends" if outcome.mode == "stream" else ""),
        f"scores within {errors.path_max_score:.1e}; same first label in {errors.top1_agreement:.0%} of the windows",
        f"the naive script's logits are those of the published I3D within {outcome.parity_error:.1e}",
        f"lag of the algorithm {outcome.algorithm_lag_seconds:.2f} s, of the system {outcome.system_lag_ms:.0f} ms: "
        "from the end of a window to the last frame it depends on, and from there to its score",
        f"ratio {outcome.ratio:.2f} (goal {outcome.goal:g})",
    ]


def _models_table(outcome: ModelsBench) -> Table:
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


def _flow_table(outcome: FlowBench) -> Table:
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
