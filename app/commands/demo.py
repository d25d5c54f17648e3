"""`vigil demo`: the whole system on simulated cameras and a real echocardiogram, on this machine."""

from typing import Annotated

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail


def demo(
    source: Annotated[
        list[str] | None, typer.Option(help="A camera (rtsp://…) or video file of your own to watch as well.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=20, help="Stop after this time; default: at Ctrl-C.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="With --seconds: exit 0 only when everything worked and was right.")
    ] = False,
    seed: Annotated[list[int] | None, typer.Option(help="Seed of a simulated scene, twice; default: drawn.")] = None,
    model: Annotated[str, typer.Option(help="The model that watches the simulated bedside.")] = "bedside_i3d_stream",
    port: Annotated[int, typer.Option(help="Port of the page on 127.0.0.1; 0 takes a free one.")] = 8501,
) -> None:
    """Show it all: two simulated bedside cameras over RTSP and a real echocardiogram, live in the browser."""
    from app.demo.show import DemoOptions, run_demo

    if check and seconds is None:
        fail("--check needs --seconds N: how long to run before checking", EXIT_WRONG_USE)
    options = DemoOptions(
        extra_sources=tuple(source or ()),
        seconds=seconds,
        is_checked=check,
        seeds=tuple(seed or ()),
        model=model,
        port=port,
    )
    try:
        is_right = run_demo(options)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    if not is_right:
        raise typer.Exit(EXIT_FAILED)
