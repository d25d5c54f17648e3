"""What a wrong configuration gets: file, line, key and reason."""

from pathlib import Path

import pytest

from app.evaluation.config import EvaluationConfig

GOOD = """name: trial
truth:
  layout: simulated
  videos: scenes
model: bedside_i3d
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "e.yaml"
    path.write_text(text)
    return path


def test_a_short_configuration_is_enough(tmp_path: Path) -> None:
    config = EvaluationConfig.load(write(tmp_path, GOOD))
    assert config.heading == "trial"
    assert config.resampling.num_resamples == 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "colour: blue\n", r"e.yaml:6: colour: unknown key"),
        (
            GOOD + "events: {tolerance_seconds: -1}\n",
            r"e.yaml:6: events.tolerance_seconds: .*greater than or equal to 0",
        ),
        (GOOD + "events:\n  onset_window_seconds: [-1, 4]\n", r"e.yaml:6: events: limits around the onset"),
        (GOOD.replace("model: bedside_i3d\n", ""), r"e.yaml:1: \(whole file\): either model \(to run\) or predictions"),
        (GOOD.replace("trial", "../trial"), r"e.yaml:1: name: String should match"),
        ("- a\n", r"e.yaml:1: a configuration must hold keys and values"),
        ("name: [\n", r"e.yaml:2.*YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EvaluationConfig.load(write(tmp_path, text))


def test_every_shipped_evaluation_is_right() -> None:
    folder = Path(__file__).resolve().parents[3] / "configs" / "evaluate"
    paths = [path for path in sorted(folder.glob("*.yaml")) if "\nkind: " not in f"\n{path.read_text()}"]
    assert paths
    assert all(EvaluationConfig.load(path).name for path in paths)
