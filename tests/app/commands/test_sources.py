"""`vigil sources` on a running system: a real server, a real ingester, a real file."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.commands.sources import app
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.source_registry import SourceRegistry
from stream.video_writer import VideoWriter


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceRegistry]:
    directory = Path(tempfile.mkdtemp(prefix="vigil-test-"))  # a unix socket's path must be short
    server = EmbeddedServer(directory)
    try:
        url = server.start()
        monkeypatch.setenv("REDIS_URL", url)
        yield SourceRegistry(Bus.connect(url))
    finally:
        server.stop()
        shutil.rmtree(directory)


def vigil(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_source_is_added_listed_changed_and_removed(registry: SourceRegistry) -> None:
    added = vigil("add", "ward-3", "rtsp://nurse:s3cret@10.0.0.9/ward", "--model", "optical_flow")
    assert (added.exit_code, added.output.split(":")[0]) == (0, "added ward-3")
    assert registry.all()["ward-3"].url == "rtsp://nurse:s3cret@10.0.0.9/ward"
    assert registry.all()["ward-3"].privacy == "pixelated"
    (row,) = json.loads(vigil("list", "--json").output)
    assert (row["id"], row["state"], row["models"]) == ("ward-3", "stopped", ["optical_flow"])
    changed = vigil("add", "ward-3", "/videos/a.mp4", "--model", "optical_flow", "--loop", "--privacy", "clear")
    assert changed.output == "changed ward-3: /videos/a.mp4 for optical_flow\n"
    assert (registry.all()["ward-3"].loop, registry.all()["ward-3"].privacy) == (True, "clear")
    removed = vigil("remove", "ward-3")
    assert (removed.exit_code, removed.output) == (0, "removed ward-3\n")
    assert registry.all() == {}
    assert "s3cret" not in added.output + vigil("list").output + vigil("list", "--json").output


def test_the_list_shows_what_the_ingester_reports(registry: SourceRegistry, tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "room.mp4", width=64, height=48, frame_rate_hz=25)
    for level in range(25):
        writer.write(np.full((48, 64, 3), level * 4, np.uint8))
    writer.close()
    assert vigil("add", "room", str(tmp_path / "room.mp4"), "--model", "optical_flow", "--loop").exit_code == 0
    environment = {"VIGIL_BUS_URL": os.environ["REDIS_URL"], "VIGIL_FRAMES_URL": f"shm://{tmp_path}/frames"}
    process = subprocess.Popen(
        [sys.executable, "-m", "stream.ingester", "room"],
        env={**os.environ, **environment, "VIGIL_PARENT": str(os.getpid())},
    )
    try:
        row = {}
        deadline = time.monotonic() + 20
        while row.get("state") != "live" and time.monotonic() < deadline:
            (row,) = json.loads(vigil("list", "--json").output)
        assert (row["state"], row["width"], row["height"], row["codec"]) == ("live", 64, 48, "h264")
        assert row["last_frame_age_seconds"] < 3
        line = vigil("list").output.splitlines()[1].split()
        assert line[:2] == ["room", "live"]
        assert vigil("remove", "room").exit_code == 0
        assert process.wait(5) == 0
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cam", "/a.mp4", "--model", "no_such_model"), "no model is called 'no_such_model'; known are"),
        (("../cam", "/a.mp4", "--model", "optical_flow"), "an id must be up to 64 letters"),
        (("cam", "/a.mp4", "--model", "optical_flow", "--privacy", "blurred"), "blurred"),
        (("cam", "/a.mp4"), "--model"),
    ],
)
def test_a_wrong_source_is_refused_and_nothing_is_stored(
    registry: SourceRegistry, arguments: tuple[str, ...], message: str
) -> None:
    refused = vigil("add", *arguments)
    assert refused.exit_code == 2
    assert message in refused.output
    assert "Traceback" not in refused.output
    assert registry.all() == {}


def test_what_was_done_is_told_in_json(registry: SourceRegistry) -> None:
    added = json.loads(vigil("add", "bed", "rtsp://a:b@10.0.0.9/w", "--model", "optical_flow", "--json").stdout)
    assert (added["done"], added["id"], added["models"]) == ("added", "bed", ["optical_flow"])
    assert "a:b" not in added["url"]
    assert json.loads(vigil("remove", "bed", "--json").stdout) == {"done": "removed", "id": "bed"}


def test_the_list_cuts_nothing_off_where_there_is_no_terminal(registry: SourceRegistry) -> None:
    url = f"/videos/{'long' * 40}.mp4"
    vigil("add", "ward-3", url, "--model", "optical_flow")
    assert any(url in line and "no ingester reports it" in line for line in vigil("list").stdout.splitlines())


def test_removing_an_unknown_source_says_where_to_look(registry: SourceRegistry) -> None:
    refused = vigil("remove", "nobody")
    assert (refused.exit_code, refused.output) == (
        1,
        "no source is called 'nobody'; `vigil sources list` names them\n",
    )
