"""`vigil analyze` of a simulated operation with the shipped model: every format, and an answer for every second."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from models.surgical_phases import PHASES, TIME_LEFT


@pytest.mark.slow
def test_an_operation_is_analysed_into_every_format(tmp_path: Path) -> None:
    video, out, runner = tmp_path / "op.mp4", tmp_path / "out", CliRunner()
    size = ["--hours", "0.08", "--width", "128", "--height", "128"]
    assert runner.invoke(app, ["simulate", "surgery", str(video), "--seed", "77", *size]).exit_code == 0
    told = runner.invoke(app, ["analyze", str(video), "--model", "surgical_phase", "--out", str(out), "--threads", "1"])
    assert told.exit_code == 0, told.output
    names = {path.name.removeprefix("op") for path in out.glob("op*")}
    assert names == {".jsonl", ".csv", ".eaf", "-phase.txt", "_phases.csv", "_phases.png", "_timeline.png"}
    records = [json.loads(line) for line in (out / "op.jsonl").read_text().splitlines()]
    seconds = [record for record in records if record["kind"] == "classification"]
    assert [record["start_seconds"] for record in seconds] == [float(second) for second in range(288)]
    assert {record["measurements"][0]["name"] for record in seconds} == {TIME_LEFT}
    said = [PHASES[record["scores"].index(max(record["scores"]))] for record in seconds]
    assert [line.split("\t")[1] for line in (out / "op-phase.txt").read_text().splitlines()[1:]] == said
    with (out / "op_phases.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["duration_seconds"]) for row in rows) == pytest.approx(288)
    truth = [line.split("\t")[1] for line in (tmp_path / "op-phase.txt").read_text().splitlines()[1:]]
    num_right = sum(one == other for one, other in zip(said, truth, strict=True))
    assert num_right / 288 > 0.6, "the shipped model recognises an operation it never saw"
