"""`vigil train`: a whole run at the smallest scale, twice, and what wrong configurations get."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.training.scene_reading import load_scene
from models.predictor import ModelCard
from models.predictors.trained import trained_network
from models.registry import find_card
from models.simulation.truth import LABELS
from models.training.config import TrainConfig
from models.training.scoring import score_stream
from models.training.slices import SliceLogits

SHIPPED = (Path("configs/train/bedside_i3d.yaml"), Path("configs/train/bedside_i3d_stream.yaml"))
TINY: dict[str, Any] = {
    "name": "tiny",
    "network": "i3d_rgb",
    "network_options": {"num_classes": 5, "width": 0.05, "dropout": 0.0},
    "labels": list(LABELS),
    "clip": {"num_frames": 8, "frame_rate_hz": 4, "stride_seconds": 1.0, "short_side": 32},
    "scenes": {
        "sizes": [[80, 60]],
        "train": {"first": 1, "count": 4, "duration_seconds": 60},
        "validation": {"first": 11, "count": 1, "duration_seconds": 40},
        "test": {"first": 21, "count": 2, "duration_seconds": 40},
    },
    "optimiser": {"steps": 6, "batch_size": 4, "learning_rate": 0.005},
    "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
}


def train(folder: Path, values: dict[str, Any]) -> tuple[int, str]:
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(values))
    result = CliRunner().invoke(app, ["train", str(config), "--out", str(folder / "out")])
    return result.exit_code, result.output


@pytest.mark.slow
def test_a_run_gives_weights_card_and_loss_curve_and_repeats(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        code, output = train(folder, TINY)
        assert code == 0, output
        assert "event_f1" in output
    card = ModelCard.load(first / "out" / "tiny.json")
    assert card == ModelCard.load(second / "out" / "tiny.json")  # weights, thresholds and every metric
    assert card.labels == LABELS
    assert card.metrics["num_scenes"] == 2
    assert card.event_spec is not None
    assert card.event_spec.labels == LABELS[1:]
    with (first / "out" / "loss.csv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(6))
    assert len(list((first / "out" / "scenes").glob("*.mp4"))) == 7


@pytest.mark.slow
def test_a_streamed_model_is_measured_as_it_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed = TINY | {
        "clip": {"num_frames": 16, "frame_rate_hz": 4, "stride_seconds": 2.0, "short_side": 32},
        "stream": {"sequence_frames": 48},
        "network_options": TINY["network_options"]
        | {"is_causal": True, "motion_gain": 3.0, "still_gain": 0.3, "still_frames": 12},
    }
    code, output = train(tmp_path, streamed)
    assert code == 0, output
    out = tmp_path / "out"
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(out))
    card = ModelCard.load(out / "tiny.json")
    assert card.mode == "stream"
    assert card.clip_spec is not None
    (video,) = (out / "scenes").glob("bedside_21_*.mp4")
    scene = load_scene(video, card.clip_spec)
    network = trained_network(card).eval()
    measured = score_stream(SliceLogits(network), scene, card.clip_spec)
    served = CliRunner().invoke(app, ["analyze", str(video), "--model", "tiny", "--out", str(tmp_path / "served")])
    assert served.exit_code == 0, served.output
    lines = (tmp_path / "served" / f"{video.stem}.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["start_seconds"] for record in records] == pytest.approx(measured.start_seconds.tolist())
    scores = np.array([record["scores"] for record in records])
    assert scores == pytest.approx(measured.scores, abs=0.02)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configurations_are_sound_and_say_what_the_cards_say(path: Path) -> None:
    config = TrainConfig.load(path)
    assert config.labels == LABELS
    assert config.network_options["num_classes"] == len(LABELS)
    card = find_card(config.name)
    assert (card.network_options, card.clip_spec) == (config.network_options, config.clip.spec)
    assert card.mode == ("stream" if config.stream else "window")
    if config.start_from:
        assert find_card(config.start_from).weights_sha256 in card.training


def altered(path: str, value: object) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(TINY))
    *parents, last = path.split(".")
    section = values
    for parent in parents:
        section = section[parent]
    section[last] = value
    return values


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("optimiser.momentum", 0.9, "optimiser.momentum: unknown key"),
        ("epochs", 3, "epochs: unknown key"),
        ("optimiser.steps", "many", "optimiser.steps: must be a whole number"),
        ("optimiser.learning_rate", -1, "optimiser.learning_rate: must be greater than 0"),
        ("clip.stride_seconds", 0.3, "stride_seconds must be a whole number of frame intervals"),
        ("labels", ["into_bed", "none"], "the first of at least two labels must be none"),
        ("stream", {"sequence_frames": 20}, "stream.sequence_frames: must be"),
        ("stream", {"sequence_frames": 32}, "its clips must have 16 frames and start 8 frames apart, got 8 and 4"),
        (
            "scenes.test",
            {"first": 2, "count": 1, "duration_seconds": 40},
            "train, validation and test must not share a seed",
        ),
    ],
)
def test_a_wrong_configuration_is_refused_with_exit_code_2_and_nothing_written(
    tmp_path: Path, path: str, value: object, message: str
) -> None:
    code, output = train(tmp_path, altered(path, value))
    assert code == 2
    assert message in output
    assert str(tmp_path / "config.yaml") in output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"), [("- a list", "must hold keys and values"), ("{", "is not YAML"), (None, "No such file")]
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    config = tmp_path / "config.yaml"
    if content is not None:
        config.write_text(content)
    result = CliRunner().invoke(app, ["train", str(config)])
    assert result.exit_code == 2
    assert message in result.output
    assert str(config) in result.output


def test_an_unknown_kind_of_run_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    code, output = train(tmp_path, {**TINY, "kind": "magic"})
    assert code == 2
    assert "kind: must be one of" in output
    assert "scenes" in output
    assert "'magic'" in output


def test_the_kind_may_be_said(tmp_path: Path) -> None:
    code, output = train(tmp_path, {**TINY, "kind": "scenes", "epochs": 3})
    assert code == 2
    assert "kind: unknown key" not in output
    assert "epochs: unknown key" in output
