"""Tests of app/bench/flow.py and its command."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.bench.flow import PAIRS_A_SCENE, SCENES, known_pairs
from app.commands.bench import app


@pytest.mark.parametrize("scene", SCENES)
def test_known_pairs_move(scene: str) -> None:
    pairs = known_pairs(scene, [1000])
    assert len(pairs.first) == len(pairs.second) == PAIRS_A_SCENE
    assert pairs.first.dtype == np.uint8
    lengths = np.linalg.norm(pairs.true_flows, axis=-1)
    assert (lengths > 0.5).mean() > 0.002, "something moves"
    assert pairs.is_visible.mean() > 0.8


@pytest.mark.slow
def test_both_methods_are_held_against_the_truth(tmp_path: Path) -> None:
    picture = tmp_path / "flow.png"
    done = CliRunner().invoke(app, ["flow", "--num-scenes", "1", "--threads", "1", "--json", "--picture", str(picture)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert next(iter(told)) == "ratio"
    assert {(line["scene"], line["method"]) for line in told["figures"]} == {
        (scene, method) for scene in SCENES for method in ("dis", "tvl1")
    }
    for line in told["figures"]:
        assert 0 < line["error"]["still_pixels"] < 1
        assert line["error"]["moving_pixels"] < 3
    assert cv2.imread(str(picture)).shape == (2 * (240 + 6) + 30, 4 * (320 + 6), 3)
