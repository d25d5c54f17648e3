"""`vigil simulate surgery`: a video with its truth in JSON and in Cholec80's text files."""

import json
from pathlib import Path

import av

from tests.app.commands.simulating import SMALL, simulate


def test_video_and_truth_speak_of_the_same_seconds(tmp_path: Path) -> None:
    code, said = simulate("surgery", str(tmp_path / "op.mp4"), "--seed", "3", *SMALL["surgery"])
    assert code == 0
    assert "truth in op.json" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["op-phase.txt", "op-tool.txt", "op.json", "op.mp4"]
    truth = json.loads((tmp_path / "op.json").read_text())
    with av.open(str(tmp_path / "op.mp4")) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert times == [float(second) for second in range(288)]
    assert truth["events"][-1]["end_seconds"] == 288
    named = [line.split("\t")[1] for line in (tmp_path / "op-phase.txt").read_text().splitlines()[1:]]
    for event in truth["events"]:
        assert set(named[round(event["start_seconds"]) : round(event["end_seconds"])]) == {event["label"]}
