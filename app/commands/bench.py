"""`vigil bench`: how fast Vigil is on this machine, against a naive script in the same run."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from app.bench.live import LiveBench

app = typer.Typer(help="How fast Vigil is on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """How fast Vigil is on this machine."""


@app.command()
def live(
    threads: Annotated[int, typer.Option(min=1, help="threads, and cores, of each of the two paths")] = 2,
    seconds: Annotated[float, typer.Option(min=3.0, help="length of the 720p video that is made for it")] = 15.0,
    repeats: Annotated[int, typer.Option(min=1, help="runs of each path, by turns; the best counts")] = 1,
    mode: Annotated[str, typer.Option(help="window: the same windows as the naive script's")] = "window",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Compare, decode to result: Vigil's path against a naive script (OpenCV, fp32 I3D, a window every 16 frames)."""
    import json

    from app.bench.comparison import BenchFailed
    from app.bench.live import run_live_bench

    if mode != "window":
        typer.echo(f"vigil: --mode must be window, got {mode!r}", err=True)
        raise typer.Exit(2)
    try:
        outcome = run_live_bench(
            threads=threads,
            duration_seconds=seconds,
            repeats=repeats,
            say=lambda text: typer.echo(f"bench: {text}", err=True),
        )
    except BenchFailed as error:
        typer.echo(f"vigil: the benchmark failed: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(outcome.to_json()))
    else:
        _print(outcome)


def _print(outcome: "LiveBench") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_table(outcome))
    for line in _findings(outcome):
        console.print(line, soft_wrap=True)


def _findings(outcome: "LiveBench") -> list[str]:
    errors, matmul = outcome.errors, outcome.matmul_gflops
    return [
        f"{outcome.num_windows} windows of 64 frames from {outcome.video}",
        f"each path has {outcome.threads} threads on {outcome.cores} cores; best of {outcome.repeats}",
        f"this machine's matrix multiplication: {matmul['float32']:.0f} GFLOP/s fp32, {matmul['bfloat16']:.0f} bf16",
        f"error against fp32, of the logits: {errors.network_relative:.1e} for the same pixels, "
        f"{errors.path_relative:.1e} over the whole path, which scales pictures another way",
        f"scores within {errors.path_max_score:.1e}; same first label in {errors.top1_agreement:.0%} of the windows",
        f"the naive script's logits are those of the published I3D within {outcome.parity_error:.1e}",
        f"ratio {outcome.ratio:.2f} (goal {outcome.goal:g})",
    ]


def _table(outcome: "LiveBench") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("", "naive script", "vigil"):
        table.add_column(title, justify="right" if title else "left")
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
