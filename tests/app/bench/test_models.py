"""Tests of app/bench/models.py and its command: a small model, measured for real."""

import json
import math

import pytest
from typer.testing import CliRunner

from app.bench.models import ModelFigures, _error, _gain, measurable_names
from app.commands.bench import app
from models.results import Classification, Motion, result_to_json


def figures(model: str, backend: str, arithmetic: str, ms: float, gflop: float = 1.0) -> ModelFigures:
    return ModelFigures(
        model, backend, arithmetic, "8 x 8 x 8", 1.0, {"1": ms, "2": ms * 1.5}, gflop, 1.0, 1.0, 1.0, 0.0
    )


def test_the_gain_is_the_geometric_mean_of_the_best_ways() -> None:
    measured = [
        figures("a", "torch", "float32", 80),
        figures("a", "openvino", "bfloat16", 10),
        figures("a", "torch", "bfloat16", 20),
        figures("b", "torch", "float32", 10),
        figures("b", "torch", "bfloat16", 5),
        figures("c", "torch", "float32", 1, gflop=0.0),
    ]
    assert _gain(measured) == pytest.approx(math.sqrt(8 * 2))
    assert _gain(measured[-1:]) == 1


def test_the_error_of_scores_is_that_of_the_logits_behind_them() -> None:
    one = result_to_json(Classification(("a", "b", "c"), (0.2, 0.3, 0.5)))
    assert _error(one, one) == pytest.approx(0, abs=1e-9)
    other = result_to_json(Classification(("a", "b", "c"), (0.21, 0.3, 0.49)))
    error = _error(other, one)
    assert error is not None
    assert 0.01 < error < 0.2


def test_an_answer_that_is_sure_of_one_label_tells_no_error() -> None:
    sure = result_to_json(Classification(("a", "b"), (1.0, 0.0)))
    assert _error(sure, sure) is None


def test_the_error_of_numbers_is_the_largest_difference() -> None:
    one = Motion(mean_speed=2.0, peak_speed=9.0, mean_velocity=(1.0, 0.0), moving_fraction=0.1)
    other = Motion(mean_speed=2.0, peak_speed=9.5, mean_velocity=(0.9, 0.0), moving_fraction=0.1)
    assert _error(result_to_json(other), result_to_json(one)) == pytest.approx(0.5)


def test_all_models_of_video_can_be_named() -> None:
    assert {"bedside_i3d", "i3d_flow", "i3d_rgb", "i3d_two_stream", "cnn_lstm", "optical_flow"} <= set(
        measurable_names()
    )
    assert "two_stream" not in measurable_names()  # joined of two models that nobody has trained yet


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "resnet_of_mine"], "is called resnet_of_mine"),
        (["--batch", "1,x"], "must be whole numbers above 0"),
    ],
)
def test_wrong_use_has_exit_code_2(monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    monkeypatch.setenv("TERM", "dumb")
    done = CliRunner().invoke(app, ["models", *arguments])
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.slow
def test_a_shipped_model_is_measured_in_every_way() -> None:
    done = CliRunner().invoke(
        app, ["models", "--model", "bedside_i3d", "--batch", "1,2", "--seconds", "0", "--threads", "1", "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert next(iter(told)) == "ratio"
    assert told["failures"] == {}
    ways = {(line["backend"], line["arithmetic"]): line for line in told["figures"]}
    assert {("torch", "float32"), ("torch", "bfloat16")} <= set(ways)
    for line in ways.values():
        assert set(line["ms_per_clip"]) == {"1", "2"}
        assert min(line["ms_per_clip"].values()) > 0
        assert line["share_of_matmul"] > 0  # one hasty run on a busy machine: it may come out above 1
        assert line["peak_memory_mib"] > 50
        assert line["gflop"] > 0.1
    assert ways["torch", "float32"]["error"] < 1e-9
    assert ways["torch", "bfloat16"]["error"] < 0.05
