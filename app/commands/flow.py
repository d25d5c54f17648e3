"""`vigil flow`: the optical flow of a video as numbers, pictures and a film."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Method(StrEnum):
    """How flow is measured."""

    dis = "dis"
    tvl1 = "tvl1"


def flow(
    source: Annotated[str, typer.Argument(metavar="FILE", help="video or DICOM cine")],
    out: Annotated[Path, typer.Option(help="folder for the outputs, made when missing")],
    method: Annotated[Method, typer.Option(help="dis is fast; tvl1 is what the published networks read")] = Method.dis,
    seconds: Annotated[float | None, typer.Option(min=0.05, help="only the first seconds; all when not given")] = None,
    short_side: Annotated[int, typer.Option(min=16, max=2160, help="pixels of the shorter side of the fields")] = 256,
    components: Annotated[bool, typer.Option("--components", help="also write u and v of every pair as PNG")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N; for tvl1")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="threads of the CPU; 0: all cores")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print what was written as one JSON object")] = False,
) -> None:
    """Measure how every pixel of a video moves from frame to frame.

    Writes NAME_flow.npy (float16, pairs x height x width x 2: right, down), NAME_flow.mp4 and NAME_flow.png (the frame
    beside its flow: the hue says which way, the saturation how far), NAME_u.png and NAME_v.png (128 is no motion, 20
    pixels are white or black) of the pair that moves most, and NAME_flow.json.
    """
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from app.analysis.flow_export import export_flow
    from app.analysis.flow_recording import FlowRequest
    from models.flow.methods import flow_device, flow_measure

    try:
        chosen = flow_device(method.value, device)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--device") from error
    request = FlowRequest(
        source, method.value, chosen, short_side=short_side, end_seconds=seconds, writes_components=components
    )
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TextColumn("pairs"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(Path(source).name, total=None)
        measure = flow_measure(method.value, device=chosen, threads=threads)
        summary = export_flow(request, measure, out, on_pair=lambda: progress.advance(task))
    if as_json:
        typer.echo(json.dumps(asdict(summary)))
        return
    typer.echo(
        f"{out / Path(source).stem}_flow.*: {summary.num_pairs} pairs of {summary.width}x{summary.height} by "
        f"{summary.method}, {summary.ms_per_pair:.1f} ms a pair, {summary.mean_pixels:.2f} pixels a frame on average"
    )
