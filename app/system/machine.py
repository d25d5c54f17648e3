"""One machine's Vigil: the server, one ingester a source, workers, watcher and dashboard, kept alive together."""

import fcntl
import logging
import os
import sys
import time
from pathlib import Path
from typing import IO

from app.console.connection import frames_url, remove_own_frames
from app.console.stopping import StopFlag
from app.dashboard.listening import listen
from app.system.ingest_host import IngestHost
from app.system.worker_groups import WorkerGroups
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable
from stream.service import Service, Supervisor
from stream.settings import Settings

logger = logging.getLogger(__name__)

SERVER_PAUSE_SECONDS = 2.0


class System:
    """Starts and supervises every part; call `poll` a few times a second, from the main thread."""

    def __init__(self, settings: Settings, config: Path | None) -> None:
        self._settings = settings
        self._config = config
        self._supervisor = Supervisor()
        self._server: EmbeddedServer | None = None
        self._bus: Bus | None = None
        self._host: IngestHost | None = None
        self._lock: IO[str] | None = None
        self._bus_url = ""
        self._server_again = 0.0
        self._worker_groups = WorkerGroups(num_workers=settings.workers)

    def start(self, stop: StopFlag) -> Bus:
        """Start the server, register the configured sources and start every service.

        A server of somebody else's that is away is waited for: after a power cut the machines come up in any order.

        Args:
            stop: Ends the wait; nothing else is started then.

        Raises:
            ValueError: another Vigil uses the state directory, something else has the dashboard's port, or a source
                names an unknown model.
            BrokerUnavailable: our own server does not come up.
        """
        self._lock = _lock(self._settings.state_directory)
        page = self._settings.dashboard
        listen(page.host, page.port).close()  # another's page on that port would be taken for ours
        self._bus_url = self._start_server()
        self._bus = Bus.connect(self._bus_url, socket_timeout_seconds=self._settings.redis.socket_timeout_seconds)
        if not self._wait_for_server(self._bus, stop):
            return self._bus
        self._host = IngestHost(self._settings, self._bus, self._bus_url)
        self._host.register_configured()
        self.poll()
        return self._bus

    def poll(self) -> None:
        """Start again what died, and follow sources that were added or removed."""
        self._keep_server()
        if self._host is not None:
            self._host.follow()
            self._supervisor.want([*self._host.services(self._log_directory), *self._own_services(self._host)])

    def process_ids(self) -> dict[str, int]:
        """Return the process id of each part that runs now."""
        server = {"server": self._server.process_id} if self._server and self._server.is_running else {}
        return {**self._supervisor.process_ids(), **server}

    def stop(self) -> None:
        """Stop every part: services first, all at once, the server last."""
        if self._lock is None:  # nothing was started; what lies in the state directory may be another's
            return
        self._supervisor.stop(timeout_seconds=3.0)
        if self._bus is not None:
            self._bus.close()
        if self._server is not None:
            self._server.stop()
        remove_own_frames(self._settings)
        self._lock.close()

    def _wait_for_server(self, bus: Bus, stop: StopFlag) -> bool:
        is_told = False
        while not stop.is_set():
            try:
                bus.ping()
                return True
            except BrokerUnavailable as error:
                if not is_told:
                    logger.warning("waiting for the server: %s", error)
                is_told = True
            stop.wait(SERVER_PAUSE_SECONDS)
        return False

    def _keep_server(self) -> None:
        """Start the server again when it died; as long as that fails (a full disk), the others go on without it."""
        if self._server is None or self._server.is_running or time.monotonic() < self._server_again:
            return
        logger.error("the embedded server died; starting it again")
        try:
            self._server.start()
        except (BrokerUnavailable, OSError) as error:
            self._server_again = time.monotonic() + SERVER_PAUSE_SECONDS
            logger.error("the embedded server cannot start; trying again in %.0f s: %s", SERVER_PAUSE_SECONDS, error)

    def _start_server(self) -> str:
        if self._settings.redis.url is not None:
            return self._settings.redis.url.get_secret_value()
        self._server = EmbeddedServer(self._settings.state_directory / "server")
        return self._server.start()

    def _own_services(self, host: IngestHost) -> list[Service]:
        groups = self._worker_groups.follow(host.model_names() | set(self._settings.worker.models))
        workers = [
            self._service(f"worker-{number}", "worker", *(f"--model={name}" for name in group.models))
            for group in groups
            for number in group.numbers
        ]
        if not workers and self._settings.workers and self._settings.worker.offline_jobs:
            workers = [self._service("worker", "worker")]  # for what is submitted, until a source comes
        return [*workers, self._service("watcher", "watch"), self._service("dashboard", "dashboard")]

    def _service(self, name: str, *argv: str) -> Service:
        config = ("--config", str(self._config)) if self._config else ()
        return Service(
            name=name,
            argv=(sys.executable, "-m", "app.cli", *argv, *config),
            environment=(
                ("REDIS_URL", self._bus_url),
                ("FRAMES_URL", frames_url(self._settings)),
                ("VIGIL_PARENT", str(os.getpid())),
            ),
            log_path=self._log_directory / f"{name}.log",
        )

    @property
    def _log_directory(self) -> Path:
        return self._settings.state_directory / "logs"


def _lock(directory: Path) -> IO[str]:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (directory / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise ValueError(
            f"another Vigil runs on {directory}; stop it, or set state_directory to a folder of its own"
        ) from error
    return lock
