"""A training run for falls from configuration to a served model, at the smallest scale; and the shipped model."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from models.predictor import ModelCard
from models.training.falls.config import FallsConfig
from tests.app.training.made_runs import train

PROJECT = Path(__file__).resolve().parents[3]
CLIPS = ("S2_Fall_13.mp4", "S2_ADL_23.mp4", "S3_Fall_19.mp4", "S3_ADL_19.mp4", "S3_ADL_20.mp4")


def tiny_config(folder: Path, videos: Path, **changes: Any) -> Path:
    values = yaml.safe_load((PROJECT / "configs/train/fall_cnn_lstm.yaml").read_text())
    one = {"count": 1, "duration_seconds": 30}
    values["name"] = "tiny_falls"
    values["recorded"] |= {"videos": str(videos), "ordinary": [], "speeds": [1.0], "views": 1, "ordinary_views": 1}
    values["home"] |= {"sizes": [[96, 72]], "train": {"first": 1003, **one}}
    values["home"] |= {"validation": {"first": 2, **one}, "test": {"first": 7, **one}}
    values["bedside"] |= {"sizes": [[96, 72]], "train": {"first": 11, **one}}
    values["bedside"] |= {"validation": {"first": 12, **one}, "test": {"first": 17, **one}}
    values["fit"] |= {"steps": 12, "batch_size": 16, "warmup_steps": 2, "validate_every": 6, "checkpoint_every": 6}
    path = folder / "falls.yaml"
    path.write_text(yaml.safe_dump(values | changes))
    return path


def some_clips(shared_data: Path, folder: Path, names: tuple[str, ...] = CLIPS) -> Path:
    """Copy a few of the real clips with their tables."""
    folder.mkdir()
    for name in names:
        shutil.copy(shared_data / "falls" / name, folder / name)
    for table in ("segments.csv", "clips.csv"):
        with (shared_data / "falls" / table).open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["file"] in names]
        with (folder / table).open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.mark.slow
def test_a_run_ends_in_a_model_with_its_card_and_another_one_uses_what_was_made(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    config = tiny_config(tmp_path, some_clips(shared_data, tmp_path / "clips"))
    code, output = train(config, "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "out" / "tiny_falls.json")
    assert card.event_spec is not None
    assert card.event_spec.labels == ("fall",)
    assert card.metrics["recorded"]["num_falls"] == 2
    assert card.metrics["recorded_S2"]["num_videos"] == 2
    assert card.metrics["bedside"]["hours"] > 0
    assert {"fold_1.csv", "fold_2.csv", "loss.csv"} <= {path.name for path in (tmp_path / "out").iterdir()}
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.npz")}
    code, output = train(config)
    assert code == 0, output
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.npz")} == made
    assert ModelCard.load(tmp_path / "out" / "tiny_falls.json").weights_sha256 == card.weights_sha256


def test_a_label_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    recorded = {"videos": "clips", "rename": {"Jumping": "jumping"}}
    with pytest.raises(ValueError, match=r"falls\.yaml:\d+: recorded.rename: .*must lead to one of other, fall"):
        FallsConfig.load(tiny_config(tmp_path, tmp_path, recorded=recorded))


@pytest.mark.slow
def test_the_shipped_model_finds_the_falls_of_the_real_clips(shared_data: Path, tmp_path: Path) -> None:
    with (shared_data / "falls" / "clips.csv").open(newline="") as file:
        clips = {row["file"]: row for row in csv.DictReader(file)}
    paths = [str(shared_data / "falls" / name) for name in clips]
    options = ["--model", "fall_cnn_lstm", "--out", str(tmp_path), "--format", "jsonl", "--threads", "1"]
    result = CliRunner().invoke(app, ["analyze", *paths, *options])
    assert result.exit_code == 0, result.output
    missed = []
    for name, clip in clips.items():
        records = [json.loads(line) for line in (tmp_path / Path(name).with_suffix(".jsonl")).read_text().splitlines()]
        starts = [record["start_seconds"] for record in records if record["kind"] == "event"]
        if clip["fall_onset_s"]:
            onset = float(clip["fall_onset_s"])
            if len(starts) != 1 or not onset - 1 <= starts[0] <= onset + 4:
                missed.append((name, onset, starts))
        elif starts:
            missed.append((name, None, starts))
    assert len(missed) <= 1, missed
