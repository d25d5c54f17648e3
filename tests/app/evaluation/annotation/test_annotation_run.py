"""`vigil evaluate` of sparse annotation: the same network taught from ever more slices."""

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from app.cli import app
from tests.app.training.made_volumes import write_balls, write_run

CONFIG = {
    "kind": "annotation",
    "name": "slices",
    "training": "run.yaml",
    "counts": [1, 4],
    "held_out": {"depth": [8, 9, 10]},
}


def test_networks_are_taught_measured_and_reported(tmp_path: Path) -> None:
    fit = {"steps": 6, "batch_size": 2, "learning_rate": 0.02, "average_decay": 0.5}
    write_run(tmp_path, train=[write_balls(tmp_path, 0, "cells")], fit=fit)
    consistent = {"consistency": {"ramp_steps": 3}, "consistency_counts": [1]}
    config = tmp_path / "slices.yaml"
    config.write_text(yaml.safe_dump({**CONFIG, **consistent}))
    result = CliRunner().invoke(app, ["evaluate", str(config), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "1 slice, with consistency" in result.output
    report = json.loads((tmp_path / "out" / "report.json").read_text())["annotation"]
    assert [(one["num_slices"], one["is_consistent"]) for one in report["lessons"]] == [
        (1, False),
        (4, False),
        ("all", False),
        (1, True),
    ]
    shares = [one["labelled_share"] for one in report["lessons"]]
    assert shares[0] < shares[1] < shares[2] == 0.85  # 3 of 20 slices are held out
    assert all(one["iou"]["low"] <= one["iou"]["value"] <= one["iou"]["high"] for one in report["lessons"])
    assert "IoU by the number of annotated slices" in (tmp_path / "out" / "report.html").read_text()


def test_a_wrong_key_is_named_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "slices.yaml"
    config.write_text(yaml.safe_dump({**CONFIG, "slices": 3}))
    result = CliRunner().invoke(app, ["evaluate", str(config)])
    assert result.exit_code == 2
    assert "slices" in result.output
