"""`vigil simulate bedside`: a video and its truth."""

import json
from pathlib import Path

import av
import numpy as np

from models.simulation.bedside import BedsideScene
from tests.app.commands.simulating import SMALL, simulate


def test_video_shows_the_scene_and_the_truth_lies_beside_it(tmp_path: Path) -> None:
    video = tmp_path / "room.mp4"
    code, said = simulate("bedside", str(video), "--seed", "3", *SMALL["bedside"])
    assert code == 0
    assert "truth in room.json" in said
    scene = BedsideScene(3, duration_seconds=30, width=96, height=72, frame_rate_hz=5)
    assert json.loads((tmp_path / "room.json").read_text()) == json.loads(json.dumps(scene.truth.to_json()))
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == scene.num_frames == 150
    for index in (0, 80):
        assert np.abs(frames[index].astype(int) - scene.frame(index)).mean() < 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room.json", "room.mp4"]


def test_one_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        assert simulate("bedside", str(tmp_path / name), "--seed", "4", *SMALL["bedside"])[0] == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
