"""`vigil ingest`, `vigil worker`, `vigil watch`: one service each, for containers and for many hosts."""

import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console.connection import bus_url, frames_url, read_settings
from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import ConfigOption
from stream.bus import Bus
from stream.child_process import end_with_supervisor
from stream.logs import configure_logging
from stream.settings import Settings

if TYPE_CHECKING:
    from models.predictor import EventSpec, Predictor
    from stream.jobs.job_desk import JobDesk
    from stream.settings import WorkerSettings

logger = logging.getLogger(__name__)

SERVER_PATIENCE_SECONDS = 86_400.0
POLL_SECONDS = 0.25


def worker(
    config: ConfigOption = None,
    model: Annotated[list[str] | None, typer.Option(help="A model to serve; default: those that sources name.")] = None,
) -> None:
    """Score clips: read them from the bus, run the models, send back what they say; read submitted samples besides."""
    from stream.frames.address import open_frame_store
    from stream.source_registry import SourceRegistry
    from stream.worker import run_worker

    settings, bus, stop = _start("worker", config)
    names = set(model or settings.worker.models)
    if not model:
        names |= {name for source in SourceRegistry(bus).all().values() for name in source.models}
    worker_id = f"{socket.gethostname()}-{os.getpid()}"
    run_worker(
        bus,
        open_frame_store(frames_url(settings)),
        _build_predictors(sorted(names), settings),
        worker_id=worker_id,
        settings=settings.worker,
        stop=stop,
        offline=_job_desk(bus, worker_id, settings.worker) if settings.worker.offline_jobs else None,
    )


def _job_desk(bus: Bus, worker_id: str, chosen: "WorkerSettings") -> "JobDesk":
    from stream.jobs.job_desk import JobDesk

    options = ("--device", chosen.device, "--threads", str(chosen.threads))
    return JobDesk(
        bus,
        (sys.executable, "-m", "app.imaging.reading_process", *options),
        worker_id=worker_id,
        lease_seconds=chosen.lease_seconds,
        max_deliveries=chosen.max_deliveries,
    )


def _build_predictors(names: list[str], settings: Settings) -> "list[Predictor]":
    """Make every model that can be made ready; one that cannot never keeps the others from being served."""
    from models.predictor import KeepsState
    from models.registry import build_predictor

    chosen = settings.worker
    predictors, reasons = [], []
    for name in names:
        try:
            predictor = build_predictor(
                name,
                device=chosen.device,
                threads=chosen.threads,
                backend=chosen.backend,
                arithmetic=chosen.arithmetic,
            )
            if isinstance(predictor, KeepsState):
                predictor.keep_state(settings.state_directory / "remembered" / name)
            predictors.append(predictor)
        except ValueError as error:
            logger.error("the model %s is not served: %s", name, error)
            reasons.append(str(error))
    if reasons and not predictors:
        fail("; ".join(reasons), EXIT_WRONG_USE)
    return predictors


def watch(config: ConfigOption = None) -> None:
    """Turn results into events and alerts, and deliver them to who subscribed."""
    from stream.alerts.rules import load_rules
    from stream.watcher import run_watcher

    settings, bus, stop = _start("watcher", config)
    run_watcher(
        bus,
        ledger_path=settings.state_directory / "ledger.sqlite",
        rules=load_rules(settings.watch.rules),
        settings=settings.watch,
        event_specs=_event_specs(),
        stop=stop,
    )


def _event_specs() -> "dict[str, EventSpec]":
    """The thresholds of every model; one damaged card never keeps the others from being watched."""
    from models.registry import find_card, model_names

    specs = {}
    for name in model_names():
        try:
            spec = find_card(name).event_spec
        except ValueError as error:
            logger.error("no events from the model %s: %s", name, error)
            continue
        if spec is not None:
            specs[name] = spec
    return specs


def ingest(config: ConfigOption = None) -> None:
    """Read every registered source, one child process each."""
    from app.system.ingest_host import IngestHost
    from stream.service import Supervisor

    settings, bus, stop = _start("ingest", config)
    host, supervisor = IngestHost(settings, bus, bus_url(settings) or ""), Supervisor()
    try:
        host.register_configured()
        while not stop.wait(POLL_SECONDS):
            host.follow()
            supervisor.want(host.services(log_directory=None))
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    finally:
        supervisor.stop()


def _start(name: str, config: Path | None) -> tuple[Settings, Bus, threading.Event]:
    end_with_supervisor()
    settings = read_settings(config)
    configure_logging(name, level=logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    url = bus_url(settings)
    if url is None:
        fail("required the server's address; set REDIS_URL, or run `vigil up`", EXIT_FAILED)
    bus = Bus.connect(url, socket_timeout_seconds=settings.redis.socket_timeout_seconds)
    bus.wait_until_ready(SERVER_PATIENCE_SECONDS, stop)
    return settings, bus, stop
