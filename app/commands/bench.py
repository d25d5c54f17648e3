"""`vigil bench`: how fast Vigil is on this machine, against a naive script in the same run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from app.bench.live import LiveBench

_USUAL_SECONDS = {"window": 15.0, "stream": 30.0}
"""A stream's end costs as much as three windows: a short video would tell of that, not of a camera."""

app = typer.Typer(help="How fast Vigil is on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """How fast Vigil is on this machine."""


@app.command()
def live(
    threads: Annotated[int, typer.Option(min=1, help="threads, and cores, of each of the two paths")] = 2,
    seconds: Annotated[
        float | None,
        typer.Option(min=3.0, help="length of the 720p video that is made for it: 15 s, 30 s for a stream"),
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="runs of each path, by turns; the best counts")] = 1,
    mode: Annotated[str, typer.Option(help="window: each by itself; stream: as part of the video")] = "window",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Compare, decode to result: Vigil's path against a naive script (OpenCV, fp32 I3D, a window every 16 frames)."""
    import json

    from app.bench.comparison import BenchFailed
    from app.bench.live import run_live_bench

    if mode != "window" and mode != "stream":
        typer.echo(f"vigil: --mode must be window or stream, got {mode!r}", err=True)
        raise typer.Exit(2)
    try:
        outcome = run_live_bench(
            threads=threads,
            duration_seconds=seconds or _USUAL_SECONDS[mode],
            repeats=repeats,
            mode="stream" if mode == "stream" else "window",
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
        f"{errors.path_relative:.1e} over the whole path, which scales pictures another way"
        + (" and pads no window's ends" if outcome.mode == "stream" else ""),
        f"scores within {errors.path_max_score:.1e}; same first label in {errors.top1_agreement:.0%} of the windows",
        f"the naive script's logits are those of the published I3D within {outcome.parity_error:.1e}",
        f"lag of the algorithm {outcome.algorithm_lag_seconds:.2f} s, of the system {outcome.system_lag_ms:.0f} ms: "
        "from the end of a window to the last frame it depends on, and from there to its score",
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


@app.command()
def models(
    model: Annotated[str, typer.Option(help="names separated by commas; all models of video when not given")] = "",
    batch: Annotated[str, typer.Option(help="sizes of batches, separated by commas")] = "1,2,4",
    device: Annotated[str, typer.Option(help="cpu or cuda:N")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="threads, and cores, of each model")] = 2,
    seconds: Annotated[float, typer.Option(min=0.0, help="time spent on each size of batch")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """What each model costs: ms a clip, arithmetic, share of the device's own rate, memory, error against fp32."""
    import json

    from app.bench.comparison import BenchFailed
    from app.bench.models import measurable_names, run_models_bench
    from app.bench.tables import models_table, print_table

    known = measurable_names()
    names = [name.strip() for name in model.split(",") if name.strip()] or known
    sizes = [size.strip() for size in batch.split(",") if size.strip()]
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"no model of video is called {', '.join(unknown)}", param_hint="--model")
    if not sizes or not all(size.isdigit() and int(size) > 0 for size in sizes):
        raise typer.BadParameter(f"must be whole numbers above 0, got {batch!r}", param_hint="--batch")
    try:
        outcome = run_models_bench(
            names,
            device=device,
            threads=threads,
            batch_sizes=[int(size) for size in sizes],
            seconds=seconds,
            say=lambda text: typer.echo(f"bench: {text}", err=True),
        )
    except BenchFailed as error:
        typer.echo(f"vigil: the benchmark failed: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(outcome.to_json()))
    else:
        print_table(models_table(outcome))
    for way, reason in outcome.failures.items():
        typer.echo(f"vigil: not measured: {way}: {reason}", err=True)
    raise typer.Exit(3 if outcome.failures else 0)


@app.command()
def flow(
    num_scenes: Annotated[int, typer.Option(min=1, help="scenes of each kind, four pairs of frames in each")] = 6,
    first_seed: Annotated[int, typer.Option(min=0, help="seed of the first scene; the others follow")] = 1000,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N; for TV-L1")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="threads of the CPU")] = 2,
    picture: Annotated[
        Path | None, typer.Option(help="PNG to write: frames, true motion and flow by each method")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """How far DIS and TV-L1 flow are from the true motion of simulated scenes, and how long they take."""
    import json

    from app.bench.flow import run_flow_bench
    from app.bench.flow_picture import draw_flow_comparison
    from app.bench.tables import flow_table, print_table

    try:
        outcome = run_flow_bench(
            range(first_seed, first_seed + num_scenes),
            device=device,
            threads=threads,
            say=lambda text: typer.echo(f"bench: {text}", err=True),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if picture:
        draw_flow_comparison(picture, seed=first_seed, device=outcome.device)
    if as_json:
        typer.echo(json.dumps(outcome.to_json()))
    else:
        print_table(flow_table(outcome))
