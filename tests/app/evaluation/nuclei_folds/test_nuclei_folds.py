"""`vigil evaluate` of nuclei by folds: every picture is found by a network that had not seen it."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from app.cli import app
from models.nuclei.pipeline import Stages
from models.training.nuclei.judging import ablations
from tests.app.training.made_pictures import write_label_maps

TRAINING = {
    "kind": "nuclei",
    "name": "few",
    "network_options": {"pyramid_width": 8, "fine_width": 4},
    "data": {"layout": "label_maps", "pictures": "data", "table": "table.csv"},
    "crop": [64, 64],
    "fit": {"steps": 9, "batch_size": 2, "learning_rate": 0.002},
    "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
}
FOLDS = {
    "kind": "nuclei_folds",
    "name": "folds",
    "training": "few.yaml",
    "folds": 2,
    "spread_over": ["kind"],
    "steps": 2,
    "groups": ["kind"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_label_maps(tmp_path / "data", 4)
    rows = "\n".join(f"p{seed},{('dark', 'light')[seed % 2]}" for seed in range(4))
    (tmp_path / "table.csv").write_text(f"id,kind\n{rows}\n")
    (tmp_path / "few.yaml").write_text(yaml.safe_dump(TRAINING))
    return tmp_path


def evaluate(folder: Path, **changes: object) -> Result:
    (folder / "folds.yaml").write_text(yaml.safe_dump({**FOLDS, **changes}))
    return CliRunner().invoke(app, ["evaluate", str(folder / "folds.yaml"), "--out", str(folder / "out")])


@pytest.mark.slow
def test_every_picture_is_measured_once_and_every_stage_left_out(folder: Path) -> None:
    result = evaluate(folder)
    assert result.exit_code == 0, result.output
    report = json.loads((folder / "out" / "report.json").read_text())
    assert report["instances"]["num_videos"] == 4
    assert set(report["instances"]["by_kind"]) == {"dark", "light"}
    assert set(report["instances"]["by_fold"]) == {"1", "2"}
    assert report["stages"].keys() == ablations(Stages()).keys()
    assert report["stages"]["all_stages"]["dsb_score"] == report["instances"]["dsb_score"]
    assert "What each stage gains" in (folder / "out" / "report.html").read_text()


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(folder: Path) -> None:
    first = evaluate(folder, with_ablations=False)
    assert first.exit_code == 0, first.output
    report = (folder / "out" / "report.json").read_text()
    states = sorted((folder / "out").rglob("*.checkpoint.safetensors"))
    assert len(states) == 2
    states[1].unlink()
    assert evaluate(folder, with_ablations=False).exit_code == 0
    told, again = (json.loads(text)["instances"] for text in (report, (folder / "out" / "report.json").read_text()))
    assert told == again


def test_more_folds_than_pictures_are_refused(folder: Path) -> None:
    result = evaluate(folder, folds=5)
    assert result.exit_code == 1
    assert "at least a picture a fold is required, 5, found 4" in result.output


def test_a_wrong_key_is_named(folder: Path) -> None:
    result = evaluate(folder, fold=3)
    assert result.exit_code == 2
    assert "fold" in result.output
