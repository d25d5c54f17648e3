"""`vigil simulate bedside`: a video and its truth, or a reason and nothing."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from app.commands.simulate import app
from models.simulation.bedside import BedsideScene

SMALL = ["--duration-seconds", "30", "--width", "96", "--height", "72", "--fps", "5"]


def simulate(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bedside", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_video_shows_the_scene_and_the_truth_lies_beside_it(tmp_path: Path) -> None:
    video = tmp_path / "room.mp4"
    assert simulate(str(video), "--seed", "3", *SMALL)[0] == 0
    scene = BedsideScene(3, duration_seconds=30, width=96, height=72, frame_rate_hz=5)
    assert json.loads((tmp_path / "room.json").read_text()) == json.loads(json.dumps(scene.truth.to_json()))
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == scene.num_frames == 150
    for index in (0, 80):
        assert np.abs(frames[index].astype(int) - scene.frame(index)).mean() < 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room.json", "room.mp4"]


def test_what_was_made_is_told_in_json(tmp_path: Path) -> None:
    video = tmp_path / "room.mp4"
    told = CliRunner().invoke(app, ["bedside", str(video), "--json", *SMALL])
    record = json.loads(told.stdout)
    assert (record["video"], record["truth"]) == (str(video), str(tmp_path / "room.json"))
    assert record["num_events"] == len(json.loads((tmp_path / "room.json").read_text())["events"])


def test_one_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        assert simulate(str(tmp_path / name), "--seed", "4", *SMALL)[0] == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["room.avi"], "must end in .mp4, .mkv or .mov, got 'room.avi'"),
        (["missing/room.mp4"], "missing does not exist; make it first"),
        (["room.mp4", "--width", "321"], "width and height must be even"),
        (["room.mp4", "--duration-seconds", "1"], "duration_seconds must lie in 30"),
        (["room.mp4", "--seed", "-1"], "seed must be 0 or more, got -1"),
        (["room.mp4", "--fps", "0"], "frame_rate_hz must lie in 1"),
        (["room.mp4", "--look", "thermal"], "'thermal' is not one of"),
        (["room.mp4", "--bogus"], "No such option"),
    ],
)
def test_wrong_use_is_refused_with_exit_code_2_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "dumb")
    code, output = simulate(*arguments)
    assert code == 2
    assert message in output
    assert list(tmp_path.iterdir()) == []
