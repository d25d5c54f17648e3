"""The demo from start to end: render, start, show, check, stop."""

import math
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
import yaml

from app.console.stopping import StopFlag
from app.dashboard.listening import answers
from app.demo import check as checking
from app.demo.following import Follower
from app.demo.receiver import WebhookReceiver
from app.demo.scenes import SCENE_SECONDS, Camera, Scene, draw_seeds, render
from app.system.ingest_host import stored_source
from app.system.machine import System
from stream.alert_desk import AlertDesk
from stream.alerts.subscriptions import new_webhook_subscription
from stream.bus import Bus
from stream.queue.status_board import StatusBoard
from stream.settings import Settings, SourceSettings, load_settings
from stream.source_registry import SourceRegistry
from stream.sources.dicom_cine import example_echocardiogram

NUM_CAMERAS = 2
READY_SECONDS = 90.0
PLAYING_SECONDS = 20.0
POLL_SECONDS = 0.25
LAST_EVENT_SECONDS = 5.0
"""An event that ended later than this before the end may not have been told yet."""


@dataclass(frozen=True)
class DemoOptions:
    """What the user asked for."""

    extra_sources: tuple[str, ...] = ()
    seconds: float | None = None
    is_checked: bool = False
    seeds: tuple[int, ...] = ()
    model: str = "bedside_i3d_stream"
    port: int = 8501


def run_demo(options: DemoOptions) -> bool:
    """Run the demo until its time is up or Ctrl-C; return whether everything checked was right.

    Raises:
        ValueError: an option is wrong; the message says which.
    """
    stop = StopFlag().listen()
    with _state_directory() as folder, ExitStack() as stack:
        scenes = _scenes(options, folder, stop)
        if stop.is_set():
            return True
        settings, config = _configure(options, folder)
        # Stopped in the reverse order: the cameras last, so that their end raises no alarm.
        cameras: list[Camera] = []
        stack.callback(_stop_all, cameras)
        system = System(settings, config)
        stack.callback(system.stop)
        bus = system.start(stop)
        receiver = WebhookReceiver()
        stack.callback(receiver.close)
        if not _wait_until_ready(system, bus, stop, settings.dashboard.port):
            return stop.is_set()
        receiver.expect(_subscribe(bus, receiver.url))
        follower = Follower(bus)
        stack.callback(follower.stop)
        cameras += _start_cameras(scenes, folder)
        source_ids = _add_sources(bus, options, cameras)
        _watch(system, stop, PLAYING_SECONDS, until=lambda: all(camera.is_playing() for camera in cameras))
        _watch(system, stop, options.seconds)
        if not options.is_checked or stop.is_set():
            return True
        ended_at = time.time()
        checking.settle(bus)
        return _report(
            checking.check(
                bus,
                cameras=cameras,
                source_ids=source_ids,
                events=follower.events,
                receipts=receiver.receipts,
                watched_until_at=ended_at - LAST_EVENT_SECONDS,
            )
        )


@contextmanager
def _state_directory() -> Iterator[Path]:
    """A short path: the server's socket lies in it."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scenes(options: DemoOptions, folder: Path, stop: StopFlag) -> list[Scene]:
    seeds = list(options.seeds) or draw_seeds(NUM_CAMERAS, options.seconds)
    if len(seeds) != NUM_CAMERAS:
        raise ValueError(f"--seed must be given {NUM_CAMERAS} times, once a camera, or not at all; got {len(seeds)}")
    duration_seconds = options.seconds + 10.0 if options.seconds else SCENE_SECONDS
    typer.echo(
        f"Rendering {NUM_CAMERAS} bedside scenes of {duration_seconds:.0f} s, seeds {seeds} (never trained on) ..."
    )
    return render(seeds, folder, duration_seconds, stop.wait)


def _configure(options: DemoOptions, folder: Path) -> tuple[Settings, Path]:
    port = options.port or _free_port()
    values = {
        "state_directory": str(folder),
        "dashboard": {"port": port},
        "worker": {"models": [options.model, "optical_flow"]},
    }
    config = folder / "demo.yaml"
    config.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_settings(config), config


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(system: System, bus: Bus, stop: StopFlag, port: int) -> bool:
    """Wait for a worker and the page, so that the first event of a scene is not missed."""
    deadline = time.monotonic() + READY_SECONDS
    while not stop.is_set() and time.monotonic() < deadline:
        system.poll()
        if StatusBoard(bus).workers() and AlertDesk(bus).is_answered() and answers(port):
            typer.echo(f"Vigil is up: http://127.0.0.1:{port}  (Ctrl-C stops it)")
            return True
        stop.wait(POLL_SECONDS)
    if not stop.is_set():
        typer.echo(
            f"no worker, watcher or page after {READY_SECONDS:.0f} s; parts that run: {system.process_ids()}", err=True
        )
    return False


def _subscribe(bus: Bus, url: str) -> str:
    """Subscribe the local receiver to everything; return the secret that signs."""
    subscription = new_webhook_subscription(name="demo receiver", url=url)
    AlertDesk(bus).subscribe(subscription)
    return subscription.secret


def _start_cameras(scenes: list[Scene], folder: Path) -> list[Camera]:
    return [Camera(scene, folder / "logs" / f"camera-{scene.source_id}.log") for scene in scenes]


def _stop_all(cameras: list[Camera]) -> None:
    for camera in cameras:
        camera.stop()


def _add_sources(bus: Bus, options: DemoOptions, cameras: list[Camera]) -> list[str]:
    simulated = [
        # The people are drawn, so one camera may show what pixelation hides in the other.
        SourceSettings(id=camera.scene.source_id, url=camera.url, models=(options.model,), privacy=privacy)
        for camera, privacy in zip(cameras, ("clear", "pixelated"), strict=True)
    ]
    echo = SourceSettings(
        id="echo", url=str(example_echocardiogram()), models=("optical_flow",), loop=True, privacy="clear"
    )
    own = [
        SourceSettings(id=f"own{index + 1}", url=url, models=(options.model,), loop="://" not in url)
        for index, url in enumerate(options.extra_sources)
    ]
    registry = SourceRegistry(bus)
    for source in [*simulated, echo, *own]:
        registry.add(stored_source(source))
    return [source.id for source in [*simulated, echo, *own]]


def _watch(system: System, stop: StopFlag, seconds: float | None, until: Callable[[], bool] = lambda: False) -> None:
    """Keep the system alive for a time, until something has come true, or until asked to stop."""
    deadline = time.monotonic() + seconds if seconds else math.inf
    while not until() and not stop.wait(POLL_SECONDS) and time.monotonic() < deadline:
        system.poll()


def _report(findings: list[checking.Finding]) -> bool:
    for finding in findings:
        typer.echo(f"{'ok    ' if finding.is_right else 'WRONG '} {finding.text}")
    return all(finding.is_right for finding in findings)
