"""`vigil evaluate` as a user runs it: reports of results and of models, exit codes, bad input."""

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.app.evaluation.made_results import (
    clip_line,
    event_line,
    measurement_line,
    right_answers,
    write_lines,
)

FALLS = """name: falls
title: Falls & <others>
truth:
  layout: segments
  videos: {videos}
  annotations: {table}
  rename: {{Falling (BW): fall, Walking: walking}}
  others: ignore
  groups: [subject, light]
predictions: {predictions}
background: other
events: {{labels: [fall], onset_window_seconds: [1, 4]}}
resampling: {{num_resamples: 10}}
"""
SPANS = {"a.mp4": [("walking", 0, 4), ("fall", 4, 9)], "b.mp4": [("walking", 0, 20)], "c.mp4": [("fall", 3, 8)]}


@pytest.fixture
def falls(tmp_path: Path) -> Path:
    """Three videos with perfect results; returns the configuration."""
    names = {"fall": "Falling (BW)", "walking": "Walking"}
    rows = ["file,label,start_s,end_s"]
    for video, spans in SPANS.items():
        (tmp_path / video).write_bytes(b"video")
        rows += [f"{video},{names[label]},{start},{end}" for label, start, end in spans]
        write_lines(tmp_path / "results" / f"{video[0]}.jsonl", right_answers(f"/cam/{video}", spans, 20))
    (tmp_path / "segments.csv").write_text("\n".join([*rows, "a.mp4,Eating,1,2", ""]))
    details = "file,subject,light,duration_s\na.mp4,S1,Day,20\nb.mp4,S1,Night,20\nc.mp4,S2,Night,20\n"
    (tmp_path / "clips.csv").write_text(details)
    config = tmp_path / "falls.yaml"
    places = {"videos": tmp_path, "table": tmp_path / "segments.csv"}
    config.write_text(FALLS.format(**places, predictions=tmp_path / "results"))
    return config


def run(config: Path, *options: str) -> Any:
    return CliRunner().invoke(app, ["evaluate", str(config), "--out", str(config.parent / "out"), *options])


def report(config: Path) -> dict[str, Any]:
    return json.loads((config.parent / "out" / "report.json").read_text())  # type: ignore[no-any-return]


def test_perfect_results_give_a_perfect_report(falls: Path) -> None:
    result = run(falls)
    assert result.exit_code == 0, result.output
    found = report(falls)
    events = found["events"]
    assert events["event_f1"]["value"] == events["event_recall"]["value"] == 1.0
    assert events["time_to_alert_median"]["value"] == 2.0
    assert events["false_alarms_per_hour"]["exact"]["high"] == pytest.approx(3.689 / (60 / 3600), rel=1e-3)
    assert found["clips"]["clip_top1"]["value"] == 1.0
    assert found["clips"]["confusion_matrix"]["rows_are_truth"] == [[26, 0, 0], [0, 10, 0], [0, 0, 24]]
    assert found["frames"]["frame_map_offline"]["value"] == 1.0
    assert set(events["by_subject"]) == {"S1", "S2"}
    assert set(found["clips"]["by_light"]) == {"Day", "Night"}


def test_a_late_alarm_and_a_false_one_are_counted(falls: Path) -> None:
    lines = [json.loads(line) for line in (falls.parent / "results" / "c.jsonl").read_text().splitlines()]
    events = [event_line("/cam/c.mp4", "fall", start, start + 2, start + 3) for start in (8.5, 15.0)]
    write_lines(falls.parent / "results" / "c.jsonl", [line for line in lines if line["kind"] != "event"] + events)
    assert run(falls).exit_code == 0
    found = report(falls)["events"]
    assert found["event_recall"]["value"] == 0.5  # 5.5 s after the onset is not within 4 s
    assert found["false_alarms_per_hour"]["value"] == pytest.approx(2 / (60 / 3600), rel=1e-3)


def test_the_html_report_stands_alone_and_is_well_formed(falls: Path) -> None:
    run(falls)
    html = (falls.parent / "out" / "report.html").read_text()
    assert not re.findall(r"<script|<link|<img|@import|url\(", html)
    outside = set(re.findall(r"https?://[^\"'< ]+", html)) - {"http://www.w3.org/2000/svg"}
    assert not outside
    assert "Falls &amp; &lt;others&gt;" in html
    plots = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(plots) >= 8
    for plot in plots:
        ElementTree.fromstring(plot)
        assert "nan" not in plot.lower().replace("nance", "")
    assert "Intervals come from 3 videos only" in html
    assert "resampling.cluster: subject" in html


def test_the_markdown_report_points_to_plots_that_exist(falls: Path) -> None:
    run(falls)
    out = falls.parent / "out"
    text = (out / "report.md").read_text()
    plots = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert plots
    assert all((out / plot).is_file() for plot in plots)
    widths = {line.count("|") for line in text.split("### By label")[1].split("\n\n")[1].splitlines()}
    assert len(widths) == 1  # every row of a table has as many cells as its heading


def test_a_video_without_results_is_named_and_the_exit_code_says_partly(falls: Path) -> None:
    (falls.parent / "results" / "b.jsonl").unlink()
    result = run(falls)
    assert result.exit_code == 3
    assert "gave nothing for 1 videos: b.mp4" in result.output


def test_results_can_be_named_on_the_command_line(falls: Path, tmp_path: Path) -> None:
    write_lines(tmp_path / "other" / "a.jsonl", [clip_line("a.mp4", 0.0, (0.1, 0.1, 0.8))])
    result = run(falls, "--predictions", str(tmp_path / "other"), "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["clips"]["num_clips"] == 1


def test_wrong_data_is_exit_code_one_and_wrong_configuration_two(falls: Path) -> None:
    (falls.parent / "segments.csv").write_text("file,label,start_s,end_s\na.mp4,Walking,5,2\n")
    result = run(falls)
    assert result.exit_code == 1
    assert "segments.csv:2: " in result.output
    assert not (falls.parent / "out").exists()
    falls.write_text(falls.read_text() + "events: {}\n")
    result = run(falls)
    assert result.exit_code == 2
    assert "the key 'events' is given twice" in result.output


def test_measured_ejection_fractions_get_their_plots(tmp_path: Path) -> None:
    rows = [("a", 60, 57), ("b", 35, 41), ("c", 50, 50), ("d", 45, None)]
    with (tmp_path / "FileList.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("FileName", "EF"), *(row[:2] for row in rows)])
    for name, _, measured in rows:
        if measured is not None:
            write_lines(tmp_path / "results" / f"{name}.jsonl", [measurement_line(f"/echo/{name}.avi", measured)])
    config = tmp_path / "ef.yaml"
    config.write_text(
        f"name: ef\ntruth:\n  layout: values\n  videos: {tmp_path}\n  annotations: {tmp_path / 'FileList.csv'}\n"
        f"  file_column: FileName\n  value_columns: {{ef_percent: EF}}\npredictions: {tmp_path / 'results'}\n"
        'measurements: {ef_percent: {unit: "%", threshold: 50}}\n'
    )
    result = run(config)
    assert result.exit_code == 3, result.output
    found = report(config)["ef_percent"]
    assert found["mae"]["value"] == 3.0
    assert found["read_share"]["value"] == 0.75
    html = (tmp_path / "out" / "report.html").read_text()
    assert "Bland-Altman plot" in html
    assert "upper limit" in html


def mask_config(tmp_path: Path, labels: str = "{lv: 1}") -> Path:
    for folder in ("truth", "found"):
        (tmp_path / folder).mkdir(exist_ok=True)
    path = tmp_path / "masks.yaml"
    path.write_text(
        f"name: masks\ntruth: {{layout: masks, videos: truth}}\npredictions: found\nmasks: {{labels: {labels}}}\n"
        "resampling: {num_resamples: 10}\n"
    )
    return path


def write_map(path: Path, rows: int, *, size: int = 20, value: int = 1) -> None:
    pixels = np.zeros((size, 10), np.uint8)
    pixels[:rows] = value
    cv2.imwrite(str(path), pixels)


def test_label_maps_are_held_against_each_other(tmp_path: Path) -> None:
    config = mask_config(tmp_path)
    for name, true, found in (("a", 10, 10), ("b", 10, 5), ("c", 4, None)):
        write_map(tmp_path / "truth" / f"{name}_labels.png", true)
        if found is not None:
            write_map(tmp_path / "found" / f"{name}_labels.png", found)
    result = run(config)
    assert result.exit_code == 3, result.output
    found_values = report(config)["masks"]
    assert found_values["dice"]["value"] == pytest.approx(30 / 35, abs=1e-4)
    assert found_values["picture_dice"]["value"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert "gave nothing for 1 videos: c" in result.output


def test_label_maps_that_cannot_be_compared_are_named(tmp_path: Path) -> None:
    config = mask_config(tmp_path)
    write_map(tmp_path / "truth" / "a.png", 5)
    write_map(tmp_path / "found" / "a.png", 5, size=30)
    write_map(tmp_path / "truth" / "b.png", 5, value=7)
    write_map(tmp_path / "found" / "b.png", 5)
    result = run(config)
    assert result.exit_code == 1
    assert "a.png: must be as large as a.png, (20, 10), got (30, 10)" in result.output
    assert "b.png: holds the numbers 7, which masks.labels does not name" in result.output


@pytest.mark.slow
def test_a_model_is_run_on_rendered_scenes_and_a_second_run_uses_its_results(tmp_path: Path) -> None:
    config = tmp_path / "scenes.yaml"
    config.write_text(
        f"name: scenes\ntruth:\n  layout: simulated\n  videos: {tmp_path / 'scenes'}\n"
        "  render: {first: 710000, count: 1, duration_seconds: 30, frame_rate_hz: 5, sizes: [[160, 120]]}\n"
        "model: bedside_i3d\nresampling: {num_resamples: 20}\n"
    )
    first = run(config, "--threads", "1")
    assert first.exit_code == 0, first.output
    found = report(config)
    assert found["facts"]["Videos"] == "1 of 1"
    assert found["clips"]["num_clips"] > 50
    assert found["clips"]["clip_top1"]["value"] > 0.5
    results = next((tmp_path / "out" / "predictions").glob("*.jsonl"))
    written = results.stat().st_mtime_ns
    assert run(config, "--threads", "1").exit_code == 0
    assert results.stat().st_mtime_ns == written
    assert report(config)["clips"] == found["clips"]
