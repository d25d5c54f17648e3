"""`vigil models calibrate`: a small model, real videos, and the same answers in eight bits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.commands.models import app
from models.store.stored_models import calibration_path
from tests.app.commands.test_analyze import vigil
from tests.app.commands.test_analyze_stream import store_small_model
from tests.stream.batch.scenery import write_video


@pytest.fixture
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three films beside a folder of models that holds one small I3D."""
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VIGIL_CACHE_DIR", str(tmp_path / "cache"))
    store_small_model(tmp_path / "models", mode="window")
    return [
        write_video(tmp_path / f"{name}.mp4", [brightness] * 64, width=64, height=48)
        for name, brightness in (("a", 0.3), ("b", 0.5), ("c", 0.9))
    ]


def calibrate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


@pytest.mark.slow
def test_a_calibrated_model_is_analysed_in_eight_bits(tmp_path: Path, videos: list[Path]) -> None:
    without = vigil(videos[0], "--model", "small", "--out", tmp_path / "out", "--arithmetic", "int8", "--threads", 1)
    assert without.exit_code == 2
    assert "run `vigil models calibrate" in " ".join(without.output.split())

    done = calibrate("small", *videos, "--threads", 1, "--json")

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["videos"] == ["a.mp4", "b.mp4"]
    assert told["num_clips"] > 2
    assert 0 < told["mean_difference"] < 0.1
    assert 0 <= told["agreement"] <= 1
    for arithmetic in ("float32", "int8"):
        options = ("--arithmetic", arithmetic, "--threads", 1, "--out", tmp_path / arithmetic)
        assert vigil(videos[2], "--model", "small", *options).exit_code == 0
    exact, rounded = (
        [json.loads(line)["scores"] for line in (tmp_path / name / "c.jsonl").read_text().splitlines()]
        for name in ("float32", "int8")
    )
    assert len(exact) == len(rounded)
    assert exact != rounded


@pytest.mark.parametrize(
    ("model", "num_videos", "message"),
    [
        ("small", 1, "calibration needs at least 2 videos, one to compare on; found 1"),
        ("optical_flow", 2, "optical_flow must be a model that says labels of clips of video; it is not"),
        ("nobody", 2, "no model is called 'nobody'"),
    ],
)
def test_wrong_use_is_told_and_nothing_is_written(
    videos: list[Path], model: str, num_videos: int, message: str
) -> None:
    done = calibrate(model, *videos[:num_videos])
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
    assert not calibration_path(model).exists()


def test_videos_that_cannot_be_read_calibrate_nothing(tmp_path: Path, videos: list[Path]) -> None:
    broken = [tmp_path / "broken.mp4", tmp_path / "other.mp4"]
    for path in broken:
        path.write_bytes(b"no video")
    done = calibrate("small", *broken, "--threads", 1)
    assert done.exit_code == 2
    assert "no clip could be read" in " ".join(done.output.split())
    assert not calibration_path("small").exists()
