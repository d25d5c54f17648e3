"""`vigil sources probe` says what a source is, or why it is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.sources import app
from tests.stream.sources.made_videos import make_video

RUNNER = CliRunner()


def test_probe_tells_what_a_video_is(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", num_frames=5)
    told = RUNNER.invoke(app, ["probe", str(path), "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout) == {
        "kind": "file",
        "container": "mp4",
        "codec": "h264",
        "width": 64,
        "height": 48,
        "declared_rate_hz": 25.0,
        "duration_seconds": pytest.approx(0.2),
        "num_frames": 5,
    }
    assert "h264" in RUNNER.invoke(app, ["probe", str(path)]).stdout


def test_probe_gives_the_reason_in_one_line_without_the_password() -> None:
    refused = RUNNER.invoke(app, ["probe", "rtsp://nurse:geheim@127.0.0.1:1/x"])
    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == ["rtsp://***@127.0.0.1:1/x: nothing listens at port 1; is the camera up?"]
