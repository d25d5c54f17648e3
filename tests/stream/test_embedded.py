import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stream.bus import Bus
from stream.embedded import LONGEST_SOCKET_PATH, EmbeddedServer, find_server_program, socket_path
from stream.errors import BrokerUnavailable
from tests.stream.bus_servers import SERVER_PROGRAMS
from tests.waiting import wait_until


@pytest.fixture(params=SERVER_PROGRAMS)
def program(request: pytest.FixtureRequest) -> Path:
    name = SERVER_PROGRAMS[request.param]
    found = shutil.which(name) if name else str(find_server_program())
    if not found:
        pytest.skip(f"{name} is absent; install it to test with it: apt-get install {name}")
    return Path(found)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory whose server, whoever started it, is gone after the test."""
    yield tmp_path / "server"
    for process in psutil.process_iter(["name", "cwd"]):
        if "-server" in process.info["name"] and process.info["cwd"] == str(tmp_path / "server"):
            process.kill()


def test_server_is_private(directory: Path, program: Path) -> None:
    server = EmbeddedServer(directory, program=program)
    url = server.start()
    bus = Bus.connect(url)
    try:
        assert psutil.Process(server.process_id).net_connections("inet") == []
        socket = url.removeprefix("unix://").partition("?")[0]
        assert stat.S_IMODE(Path(socket).stat().st_mode) == 0o700
        for name in ("server.url", "server.conf"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600
        with pytest.raises(BrokerUnavailable, match="Authentication"):
            Bus.connect(f"unix://{socket}").ping()
        assert url.partition("password=")[2] not in " ".join(psutil.Process(server.process_id).cmdline())
        settings = bus.client.config_get("append*") | bus.client.config_get("maxmemory*")
        assert {name: settings[name] for name in ("appendonly", "appendfsync", "maxmemory-policy")} == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        assert 0 < int(settings["maxmemory"]) <= min(2**30, psutil.virtual_memory().total // 4)
    finally:
        server.stop()
    assert not (directory / "server.url").exists()


def test_restart_keeps_address_and_what_was_told(directory: Path, program: Path) -> None:
    server = EmbeddedServer(directory, program=program)
    url = server.start()
    bus = Bus.connect(url)
    bus.client.set("key", "value")
    os.kill(server.process_id, signal.SIGKILL)
    wait_until(lambda: not server.is_running)
    assert server.start() == url
    assert bus.client.get("key") == b"value"
    server.stop()
    server.stop()
    assert Bus.connect(EmbeddedServer(directory, program=program).start()).client.get("key") == b"value"


def test_started_server_has_read_its_whole_file(directory: Path) -> None:
    server = EmbeddedServer(directory)
    bus = Bus.connect(server.start())
    for turn in range(40):  # enough that reading it takes a while
        bus.client.mset({f"key{index}-{turn}": "value" for index in range(5000)})
    os.kill(server.process_id, signal.SIGKILL)
    wait_until(lambda: not server.is_running)
    server.start()
    assert bus.client.dbsize() == 200_000
    server.stop()


def test_append_only_file_cut_short_by_a_power_cut_is_taken_up(directory: Path, program: Path) -> None:
    server = EmbeddedServer(directory, program=program)
    bus = Bus.connect(server.start())
    for index in range(100):
        bus.client.set(f"key{index}", "value")
    os.kill(server.process_id, signal.SIGKILL)
    wait_until(lambda: not server.is_running)
    (newest,) = (directory / "appendonlydir").glob("*.incr.aof")
    os.truncate(newest, newest.stat().st_size - 5)
    server.start()
    assert bus.client.dbsize() == 99
    server.stop()


def test_server_that_cannot_start_says_why(directory: Path, program: Path) -> None:
    server = EmbeddedServer(directory, program=program)
    server.start()
    server.stop()
    (directory / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(BrokerUnavailable, match=r"last words in server\.log: .*AOF manifest"):
        server.start()
    assert not server.is_running


def test_forgetful_server_writes_no_file(directory: Path) -> None:
    server = EmbeddedServer(directory, is_durable=False)
    Bus.connect(server.start()).client.set("pixels", b"PATTERN" * 1000)
    server.stop()
    assert not [path for path in directory.rglob("*") if path.is_file() and b"PATTERN" in path.read_bytes()]


def test_leftover_of_a_killed_starter_is_ended_and_its_place_taken(directory: Path) -> None:
    """The starter's main thread dies without a word; the kernel ends the server, or at the latest the next start."""
    code = f"""
import os, signal
from pathlib import Path
from stream.embedded import EmbeddedServer
server = EmbeddedServer(Path({str(directory)!r}))
server.start()
print(server.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    starter = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    leftover = int(starter.stdout)
    wait_until(lambda: not psutil.pid_exists(leftover) or psutil.Process(leftover).status() == psutil.STATUS_ZOMBIE)
    orphan = EmbeddedServer(directory)
    orphan.start()
    twin = EmbeddedServer(directory)  # a starter that forgot the server but left its process id behind
    Bus.connect(twin.start()).ping()
    wait_until(lambda: not orphan.is_running)
    twin.stop()


def test_stale_process_id_of_another_program_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    (directory / "server.pid").write_text(str(os.getpid()))
    (directory / "server.sock").write_text("stale")
    server = EmbeddedServer(directory)
    Bus.connect(server.start()).ping()
    server.stop()


def test_socket_of_a_deep_directory_lies_in_a_short_place(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    server = EmbeddedServer(deep)
    url = server.start()
    socket = Path(url.removeprefix("unix://").partition("?")[0])
    assert len(str(socket)) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert socket == socket_path(deep)
    server.stop()


def test_writes_refused_for_a_full_disk_are_named_and_come_back_with_space(directory: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the server's writes fail as they do on a full one."""
    limited = tmp_path / "limited-server"
    limited.write_text(f'#!/bin/bash\ntrap "" XFSZ\nulimit -S -f 64\nexec "{find_server_program()}" "$@"\n')
    limited.chmod(0o755)
    server = EmbeddedServer(directory, program=limited)
    bus = Bus.connect(server.start())

    def is_refused() -> bool:
        try:
            bus.client.append("key", b"x" * 10_000)
        except BrokerUnavailable as error:
            return "is the disk full?" in str(error)
        return False

    wait_until(is_refused)
    assert server.is_running
    assert bus.client.strlen("key") > 0  # reading goes on
    psutil.Process(server.process_id).rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    wait_until(lambda: not is_refused())
    server.stop()


def test_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BrokerUnavailable, match="a server program is required"):
        find_server_program()
