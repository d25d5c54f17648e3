"""`vigil simulate surgery`: a video with its truth in JSON and in Cholec80's text files, or a reason and nothing."""

import json
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from app.commands.simulate import app

SMALL = ["--hours", "0.08", "--width", "64", "--height", "64"]


def simulate(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["surgery", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_video_and_truth_speak_of_the_same_seconds(tmp_path: Path) -> None:
    assert simulate(str(tmp_path / "op.mp4"), "--seed", "3", *SMALL)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["op-phase.txt", "op-tool.txt", "op.json", "op.mp4"]
    truth = json.loads((tmp_path / "op.json").read_text())
    with av.open(str(tmp_path / "op.mp4")) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert times == [float(second) for second in range(288)]
    assert truth["events"][-1]["end_seconds"] == 288
    named = [line.split("\t")[1] for line in (tmp_path / "op-phase.txt").read_text().splitlines()[1:]]
    for event in truth["events"]:
        assert set(named[round(event["start_seconds"]) : round(event["end_seconds"])]) == {event["label"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["op.avi"], "must end in .mp4, .mkv or .mov, got 'op.avi'"),
        (["missing/op.mp4"], "missing does not exist; make it first"),
        (["op.mp4", "--hours", "0.01"], "an operation must last 0.067 to 6 hours, got 0.01"),
        (["op.mp4", "--width", "321"], "width and height must be even"),
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
