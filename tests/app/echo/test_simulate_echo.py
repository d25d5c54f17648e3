"""`vigil simulate echo`: a recording with its truth, or a reason and nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.simulate import app
from models.simulation.echo.scene import EchoScene
from stream.sources.opening import open_source

SMALL = ["--duration-seconds", "1", "--fps", "20", "--width", "160", "--height", "120"]


def simulate(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["echo", *arguments])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize("name", ["loop.mp4", "loop.dcm"])
def test_recording_holds_every_frame_and_the_truth_lies_beside_it(tmp_path: Path, name: str) -> None:
    assert simulate(str(tmp_path / name), "--seed", "3", *SMALL)[0] == 0
    truth = json.loads((tmp_path / "loop.json").read_text())
    with open_source(str(tmp_path / name)) as reader:
        assert reader.media.declared_rate_hz == pytest.approx(20, rel=1e-3)
        frames = [frame.to_rgb(120, 160) for frame in reader]
    assert len(frames) == len(truth["volumes_ml"]) == len(truth["contours"]) == 20
    scene = EchoScene(3, duration_seconds=1, frame_rate_hz=20, size=(160, 120))
    assert truth == json.loads(json.dumps(scene.truth.to_json()))
    assert truth["ef_percent"] == pytest.approx(scene.truth.ef_percent, abs=1e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["loop.json", name])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["loop.gif"], "must end in .mp4, .mkv, .mov or .dcm, got 'loop.gif'"),
        (["missing/loop.mp4"], "missing does not exist; make it first"),
        (["loop.mp4", "--width", "160"], "--width and --height go together"),
        (["loop.mp4", "--fps", "1000"], "5 to 200 frames a second, got 1000"),
        (["loop.mp4", "--view", "subcostal"], "'subcostal' is not one of"),
    ],
)
def test_wrong_use_is_refused_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "dumb")
    code, output = simulate(*arguments)
    assert code == 2
    assert message in output
    assert list(tmp_path.iterdir()) == []
