"""`vigil train` on a data set of videos: whole runs at the smallest scale, a kill in the middle, and serving after."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from models.predictor import ModelCard
from tests.app.training.made_runs import CONFIG, train, write_config
from tests.app.training.made_videos import write_class_folders, write_square


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_to_the_same_end_bit_for_bit(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data")
    config = write_config(tmp_path)
    code, output = train(config, "whole")
    assert code == 0, output
    assert "video_accuracy" in output

    curve = tmp_path / "killed" / "loss.csv"
    killed = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "train", str(config), "--out", str(tmp_path / "killed")],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while not curve.exists() or len(curve.read_text().splitlines()) < 9:  # 8 steps: 3 beyond the checkpoint
        assert killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "squares.json").exists()

    code, output = train(config, "killed")
    assert code == 0, output
    for name in ("squares.safetensors", "squares.json", "loss.csv", "loss_validation.csv", "loss.png"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.slow
def test_a_trained_model_is_installed_and_analyzes_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    rows = ["path,label,split"]
    for index in range(3):
        for label in ("left", "right"):
            video = write_square(tmp_path / "data" / f"{label}{index}.mp4", label, seed=index)
            rows.append(f"{video.name},{label},{('train', 'val', 'test')[index]}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    data = {"layout": "kinetics", "videos": "data", "annotations": "table.csv"}
    config = write_config(tmp_path, data=data, labels=["left", "right"], several_labels=True)
    code, output = train(config, "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "models" / "squares.json")
    assert card.answer == "several_labels"
    assert set(card.metrics) >= {"clip_map", "clip_auc", "measured_on"}
    assert card.network_options["num_classes"] == 2

    clip = tmp_path / "data" / "left2.mp4"
    arguments = ["analyze", str(clip), "--model", "squares", "--out", str(tmp_path / "found")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in (tmp_path / "found" / "left2.jsonl").read_text().splitlines()]
    clips = [record for record in records if record["kind"] == "classification"]
    assert [record["start_seconds"] for record in clips] == [0.0, 0.5, 1.0]
    assert all(record["labels"] == ["left", "right"] and record["is_multi_label"] for record in clips)


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data", per_class=3)
    data = {**CONFIG["data"], "validation_share": 0.34, "test_share": 0}
    fit = {**CONFIG["fit"], "steps": 2}
    code, output = train(write_config(tmp_path, data=data, fit=fit))
    assert code == 0, output
    code, output = train(write_config(tmp_path, data=data, fit={**fit, "learning_rate": 0.1}))
    assert code == 1
    assert "is the state of a run with another configuration" in output
    code, output = train(write_config(tmp_path, data=data, fit={**fit, "learning_rate": 0.1}), "out", "--fresh")
    assert code == 0, output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["left", "left"]}, "labels must be at least two, each once"),
        ({"labels": ["left", "none"]}, "none is the first label"),
        ({"crop": [40, 40]}, "crop must fit into clip.short_side"),
        ({"data": {**CONFIG["data"], "layout": "magic"}}, "layout must be one of boris, cholec80"),
        ({"clip": {**CONFIG["clip"], "stride_seconds": 0.3}}, "must be a whole number of frame intervals"),
    ],
)
def test_wrong_configurations_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    code, output = train(write_config(tmp_path, **changes))
    assert code == 2
    assert message in output
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_with_a_data_set_is_said_all_at_once(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data", per_class=1)
    (tmp_path / "data" / "waving").mkdir()
    (tmp_path / "data" / "waving" / "wave.mp4").touch()
    code, output = train(write_config(tmp_path, labels=["still", "left"]))
    assert code == 1
    assert "right_0.mp4: the label 'right' is unknown; put it into labels, data.rename or data.ignore" in output
    assert "wave.mp4: the label 'waving' is unknown" in output
