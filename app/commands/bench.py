"""`vigil bench`: how fast Vigil is on this machine, against a naive script in the same run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar, get_args

import typer

from app.console.choices import one_of
from app.console.exits import EXIT_FAILED, EXIT_PARTLY, fail
from app.console.options import JsonOption


class _Told(Protocol):
    def to_json(self) -> dict[str, Any]: ...


Outcome = TypeVar("Outcome", bound=_Told)

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
    arithmetic: Annotated[str, typer.Option(help="of Vigil's path: auto, float32, bfloat16 or int8")] = "auto",
    as_json: JsonOption = False,
) -> None:
    """Compare, decode to result: Vigil's path against a naive script (OpenCV, fp32 I3D, a window every 16 frames)."""
    from app.bench.live import run_live_bench
    from app.bench.tables import print_live
    from models.predictor import Arithmetic, ServingMode

    serving: ServingMode = one_of("--mode", mode, get_args(ServingMode))
    numbers: Arithmetic = one_of("--arithmetic", arithmetic, get_args(Arithmetic))
    with _telling_failure():
        outcome = run_live_bench(
            threads=threads,
            duration_seconds=seconds or _USUAL_SECONDS[serving],
            repeats=repeats,
            mode=serving,
            arithmetic=numbers,
            say=_say,
        )
    _tell(outcome, print_live, as_json=as_json)


@app.command()
def jobs(
    sources: Annotated[int, typer.Option(min=1, help="cameras that are watched meanwhile")] = 4,
    seconds: Annotated[float, typer.Option(min=3.0, help="length of each turn")] = 20.0,
    repeats: Annotated[int, typer.Option(min=1, help="turns without and with a CT")] = 3,
    threads: Annotated[int, typer.Option(min=0, help="threads of the CPU for the models; 0: all cores")] = 0,
    as_json: JsonOption = False,
) -> None:
    """How much later live clips are scored while a CT of 512 x 512 x 700 is read by the same worker."""
    from app.bench.jobs import run_jobs_bench
    from app.bench.tables import print_jobs

    with _telling_failure():
        outcome = run_jobs_bench(num_sources=sources, seconds=seconds, repeats=repeats, threads=threads, say=_say)
    _tell(outcome, print_jobs, as_json=as_json)


@app.command()
def models(
    model: Annotated[str, typer.Option(help="names separated by commas; all models of video when not given")] = "",
    batch: Annotated[str, typer.Option(help="sizes of batches, separated by commas")] = "1,2,4",
    device: Annotated[str, typer.Option(help="cpu or cuda:N")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="threads, and cores, of each model")] = 2,
    seconds: Annotated[float, typer.Option(min=0.0, help="time spent on each size of batch")] = 2.0,
    as_json: JsonOption = False,
) -> None:
    """What each model costs: ms a clip, arithmetic, share of the device's own rate, memory, error against fp32."""
    from app.bench.models import measurable_names, run_models_bench
    from app.bench.tables import print_models

    known = measurable_names()
    names = [name.strip() for name in model.split(",") if name.strip()] or known
    sizes = [size.strip() for size in batch.split(",") if size.strip()]
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"no model of video is called {', '.join(unknown)}", param_hint="--model")
    if not sizes or not all(size.isdigit() and int(size) > 0 for size in sizes):
        raise typer.BadParameter(f"must be whole numbers above 0, got {batch!r}", param_hint="--batch")
    with _telling_failure():
        outcome = run_models_bench(
            names,
            device=device,
            threads=threads,
            batch_sizes=[int(size) for size in sizes],
            seconds=seconds,
            say=_say,
        )
    _tell(outcome, print_models, as_json=as_json)
    for way, reason in outcome.failures.items():
        typer.echo(f"vigil: not measured: {way}: {reason}", err=True)
    raise typer.Exit(EXIT_PARTLY if outcome.failures else 0)


@app.command()
def flow(
    num_scenes: Annotated[int, typer.Option(min=1, help="scenes of each kind, four pairs of frames in each")] = 6,
    first_seed: Annotated[int, typer.Option(min=0, help="seed of the first scene; the others follow")] = 1000,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N; for TV-L1")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="threads of the CPU")] = 2,
    picture: Annotated[
        Path | None, typer.Option(help="PNG to write: frames, true motion and flow by each method")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How far DIS and TV-L1 flow are from the true motion of simulated scenes, and how long they take."""
    from app.bench.flow import run_flow_bench
    from app.bench.flow_picture import draw_flow_comparison
    from app.bench.tables import print_flow

    try:
        seeds = range(first_seed, first_seed + num_scenes)
        outcome = run_flow_bench(seeds, device=device, threads=threads, say=_say)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if picture:
        draw_flow_comparison(picture, seed=first_seed, device=outcome.device)
    _tell(outcome, print_flow, as_json=as_json)


def _say(text: str) -> None:
    typer.echo(f"bench: {text}", err=True)


@contextmanager
def _telling_failure() -> Iterator[None]:
    """End the command with exit code 1 when a path of the benchmark does not do what it should."""
    from app.bench.comparison import BenchFailed

    try:
        yield
    except BenchFailed as error:
        fail(f"vigil: the benchmark failed: {error}", EXIT_FAILED)


def _tell(outcome: Outcome, show: Callable[[Outcome], None], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(outcome.to_json()))
    else:
        show(outcome)
