import logging
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from stream.bus import Bus, ScriptCall, read_script
from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable
from stream.keys import STREAMS


def test_address_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"must begin with redis://.*got 'http://host") as refusal:
        Bus.connect("http://user:secret@host/")
    assert "secret" not in str(refusal.value)


def test_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    bus = Bus.connect(f"unix://{tmp_path}/none.sock?password=secret")
    with pytest.raises(BrokerUnavailable, match=r"none\.sock must answer") as failure:
        bus.ping()
    assert "secret" not in str(failure.value)
    with pytest.raises(BrokerUnavailable, match="must answer"):
        bus.client.pipeline().get("key").execute()
    with pytest.raises(BrokerUnavailable, match="must answer"):
        bus.run("shed", ["a", "b"], ["workers", 1])


def test_waiting_for_a_server_ends_when_it_comes_or_when_told_to(own_server: EmbeddedServer) -> None:
    bus = Bus.connect(own_server.start())
    own_server.stop()
    with pytest.raises(BrokerUnavailable, match="must answer"):
        bus.wait_until_ready(0.2)
    stop = threading.Event()
    stop.set()
    bus.wait_until_ready(60.0, stop)
    Bus.connect(own_server.start()).wait_until_ready(5.0)


def test_server_that_evicts_is_refused(bus: Bus) -> None:
    bus.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(ValueError, match="required maxmemory-policy noeviction, found allkeys-lru"):
            bus.ping()
    finally:
        bus.client.config_set("maxmemory-policy", "noeviction")


def test_hanging_server_is_noticed_within_the_timeout(own_server: EmbeddedServer) -> None:
    bus = Bus.connect(own_server.start(), socket_timeout_seconds=0.3)
    bus.ping()
    os.kill(own_server.process_id, signal.SIGSTOP)
    try:
        began_at = time.monotonic()
        with pytest.raises(BrokerUnavailable, match="must answer"):
            bus.ping()
        assert time.monotonic() - began_at < 1.0
    finally:
        os.kill(own_server.process_id, signal.SIGCONT)


def test_scripts_run_on_a_server_that_does_not_know_them(bus: Bus) -> None:
    bus.client.script_flush()
    calls = [ScriptCall((f"live:{i}", f"account:{i}"), ("workers", 1)) for i in range(3)]
    assert bus.run_many("shed", calls) == [0, 0, 0]
    assert bus.run_many("shed", calls) == [0, 0, 0]


def test_failing_script_is_a_failure_in_our_words(bus: Bus) -> None:
    bus.client.set(STREAMS, "not a set")
    with pytest.raises(BrokerUnavailable, match="WRONGTYPE"):
        bus.client.smembers(STREAMS)


def test_script_includes_what_it_names() -> None:
    assert "local function delivery_state" in read_script("deliver")
    assert "-- include" not in read_script("deliver")


def test_library_keeps_its_silence(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bus.ping()
    assert not [record for record in caplog.records if "password" in record.getMessage().lower()]
