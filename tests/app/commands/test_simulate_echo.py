"""`vigil simulate echo`: a recording with its truth."""

import json
from pathlib import Path

import pytest

from models.simulation.echo.scene import EchoScene
from stream.sources.opening import open_source
from tests.app.commands.simulating import SMALL, simulate


@pytest.mark.parametrize("name", ["loop.mp4", "loop.dcm"])
def test_recording_holds_every_frame_and_the_truth_lies_beside_it(tmp_path: Path, name: str) -> None:
    code, said = simulate("echo", str(tmp_path / name), "--seed", "3", *SMALL["echo"])
    assert code == 0
    assert "truth in loop.json" in said
    truth = json.loads((tmp_path / "loop.json").read_text())
    with open_source(str(tmp_path / name)) as reader:
        assert reader.media.declared_rate_hz == pytest.approx(20, rel=1e-3)
        frames = [frame.to_rgb(120, 160) for frame in reader]
    assert len(frames) == len(truth["volumes_ml"]) == len(truth["contours"]) == 20
    scene = EchoScene(3, duration_seconds=1, frame_rate_hz=20, size=(160, 120))
    assert truth == json.loads(json.dumps(scene.truth.to_json()))
    assert truth["ef_percent"] == pytest.approx(scene.truth.ef_percent, abs=1e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["loop.json", name])
