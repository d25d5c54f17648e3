"""`vigil simulate`, whatever the scene: what was made is told, or a reason and nothing is written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.simulate import app
from tests.app.commands.simulating import SMALL, simulate


@pytest.mark.parametrize("scene", SMALL)
def test_what_was_made_is_told_in_json(tmp_path: Path, scene: str) -> None:
    video = tmp_path / "made.mp4"
    told = CliRunner().invoke(app, [scene, str(video), "--seed", "5", "--json", *SMALL[scene]])
    record = json.loads(told.stdout)
    assert (record["video"], record["truth"]) == (str(video), str(tmp_path / "made.json"))
    truth = json.loads((tmp_path / "made.json").read_text())
    assert record["seed"] == truth["seed"] == 5
    assert record["duration_seconds"] == pytest.approx(truth["duration_seconds"])
    for name, number in record.items():
        if name.startswith("num_") and name != "num_frames":
            assert number == len(truth[name.removeprefix("num_")])


@pytest.mark.parametrize(
    ("scene", "arguments", "message"),
    [
        ("bedside", ["room.avi"], "must end in .mp4, .mkv or .mov, got 'room.avi'"),
        ("bedside", ["missing/room.mp4"], "missing does not exist; make it first"),
        ("bedside", ["room.mp4", "--width", "321"], "width and height must be even"),
        ("bedside", ["room.mp4", "--duration-seconds", "1"], "duration_seconds must lie in 30"),
        ("bedside", ["room.mp4", "--seed", "-1"], "seed must be 0 or more, got -1"),
        ("bedside", ["room.mp4", "--fps", "0"], "frame_rate_hz must lie in 1"),
        ("bedside", ["room.mp4", "--look", "thermal"], "'thermal' is not one of"),
        ("bedside", ["room.mp4", "--bogus"], "No such option"),
        ("home", ["room.mp4", "--duration-seconds", "1"], "duration_seconds must lie in 10"),
        ("echo", ["loop.gif"], "must end in .mp4, .mkv, .mov or .dcm, got 'loop.gif'"),
        ("echo", ["missing/loop.mp4"], "missing does not exist; make it first"),
        ("echo", ["loop.mp4", "--width", "160"], "--width and --height go together"),
        ("echo", ["loop.mp4", "--fps", "1000"], "5 to 200 frames a second, got 1000"),
        ("echo", ["loop.mp4", "--view", "subcostal"], "'subcostal' is not one of"),
        ("surgery", ["op.avi"], "must end in .mp4, .mkv or .mov, got 'op.avi'"),
        ("surgery", ["missing/op.mp4"], "missing does not exist; make it first"),
        ("surgery", ["op.mp4", "--hours", "0.01"], "an operation must last 0.067 to 6 hours, got 0.01"),
        ("surgery", ["op.mp4", "--width", "321"], "width and height must be even"),
    ],
)
def test_wrong_use_is_refused_with_exit_code_2_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: str, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "dumb")
    code, output = simulate(scene, *arguments)
    assert code == 2
    assert message in output
    assert list(tmp_path.iterdir()) == []
