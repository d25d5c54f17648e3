import logging
import os
import signal
from pathlib import Path

import pytest

from app.system.ingest_host import IngestHost, stored_source
from stream.bus import Bus
from stream.settings import Settings, SourceSettings
from stream.source_registry import SourceRegistry
from tests.app.running import Installation
from tests.waiting import wait_until


def source(name: str) -> SourceSettings:
    return SourceSettings(id=name, url=f"/videos/{name}.mp4", models=("optical_flow",))


def host(installation: Installation, bus: Bus, state: Path, *names: str) -> IngestHost:
    settings = Settings(state_directory=state, sources=tuple(source(name) for name in names))
    return IngestHost(settings, bus, installation.bus_url)


def test_a_source_that_is_gone_from_the_configuration_is_no_longer_watched(
    installation: Installation, tmp_path: Path
) -> None:
    bus = Bus.connect(installation.bus_url)
    registry = SourceRegistry(bus)
    host(installation, bus, tmp_path, "bed1", "bed2").register_configured()
    host(installation, bus, tmp_path / "another", "bed3").register_configured()
    registry.add(stored_source(source("bed4")))
    host(installation, bus, tmp_path, "bed2").register_configured()
    assert set(registry.all()) == {"bed2", "bed3", "bed4"}


def test_where_a_source_is_named_does_not_start_its_ingester_anew(installation: Installation, tmp_path: Path) -> None:
    bus = Bus.connect(installation.bus_url)
    added = stored_source(source("bed1"))
    host(installation, bus, tmp_path, "bed1").register_configured()
    assert SourceRegistry(bus).all()["bed1"].digest == added.digest


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"models": ("i3d_rgb",)}, "source bed1: the model i3d_rgb has no weights"),
        ({"models": ("nothing",)}, "no model is called 'nothing'"),
        ({"url": "http://camera/x"}, "source bed1: .*an rtsp:// address"),
    ],
)
def test_a_source_that_cannot_be_served_is_refused_by_its_name(
    changed: dict[str, object], reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path))
    values = {"id": "bed1", "url": "/videos/a.mp4", "models": ("optical_flow",), **changed}
    with pytest.raises(ValueError, match=reason):
        stored_source(SourceSettings.model_validate(values))


def test_an_outage_of_the_server_is_logged_once_and_its_end_once(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bus = Bus.connect(installation.bus_url)
    following = host(installation, bus, tmp_path)
    os.kill(installation.server.process_id, signal.SIGKILL)
    wait_until(lambda: not installation.server.is_running, what="the server is gone")
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            following.follow()
        installation.server.start()
        bus.wait_until_ready(10)
        for _ in range(5):
            following.follow()
    said = [record.message for record in caplog.records if record.message.startswith("going on with the sources")]
    assert [" is back " in message for message in said] == [False, True]
