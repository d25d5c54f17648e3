"""The comparison of networks: what a wrong configuration gets, and a whole small run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.evaluation.comparison.config import ComparisonConfig

SMALL = """kind: comparison
name: small
clip: {{num_frames: 10, frame_rate_hz: 5, stride_seconds: 1, short_side: 48}}
crop: [48, 48]
fit: {{steps: 2, batch_size: 4, learning_rate: 0.002, validate_every: 2}}
num_resamples: 10
contestants:
  - name: I3D two-stream
    streams:
      - {{network: i3d_rgb, options: {{width: 0.125}}}}
      - {{network: i3d_flow, kind: flow, options: {{width: 0.125}}}}
    fusion: sum_of_logits
  - name: 2D two-stream
    streams:
      - {{network: two_stream_resnet18, kind: middle_frame, options: {{width: 0.125}}}}
      - {{network: two_stream_resnet18, kind: flow_stack, options: {{width: 0.125}}}}
splits:
  - name: simulated
    labels: [none, out_of_bed]
    truth:
      layout: simulated
      videos: {videos}
      render: {{first: 730000, count: 6, duration_seconds: 30, frame_rate_hz: 5, sizes: [[80, 64]]}}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(text.format(videos=tmp_path / "scenes"))
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: flow,", "kind: smell,", r"c.yaml:11: contestants.0.streams.1.kind: must be 'frames'"),
        ("labels: [none, out_of_bed]", "labels: [out_of_bed]", r"c.yaml:18: splits.0: the first of .* must be none"),
        ("stride_seconds: 1,", "stride_seconds: 0.3,", r"c.yaml:3: clip: stride_seconds must be a whole number"),
        ("num_resamples: 10", "resamples: 10", r"c.yaml:6: resamples: unknown key"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ComparisonConfig.load(write(tmp_path, SMALL.replace(old, new)))


def test_the_shipped_comparison_draws_the_six_of_the_lecture() -> None:
    config = ComparisonConfig.load(Path(__file__).resolve().parents[3] / "configs" / "evaluate" / "comparison.yaml")
    assert len(config.contestants) == 6
    assert [split.name for split in config.splits] == ["simulated", "falls"]
    assert sum(entry.two_step is not None for entry in config.contestants) == 1


@pytest.mark.slow
def test_a_small_comparison_ends_in_one_table_and_goes_on_where_it_was(tmp_path: Path) -> None:
    config = write(tmp_path, SMALL)
    command = ["evaluate", str(config), "--out", str(tmp_path / "out"), "--json"]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    found = json.loads((tmp_path / "out" / "report.json").read_text())["simulated"]
    assert set(found) == {"I3D two-stream", "2D two-stream"}
    for row in found.values():
        assert 0 <= row["clip_top1"]["low"] <= row["clip_top1"]["value"] <= row["clip_top1"]["high"] <= 1
        assert row["num_parameters"] > 10_000
        assert row["gflop"] > 0
    assert found["2D two-stream"]["lag_seconds"] == found["I3D two-stream"]["lag_seconds"] == 1.0
    assert CliRunner().invoke(app, command).exit_code == 0
    again = json.loads((tmp_path / "out" / "report.json").read_text())["simulated"]
    assert [row["clip_top1"] for row in again.values()] == [row["clip_top1"] for row in found.values()]
