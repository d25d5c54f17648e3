"""`vigil echo` and `vigil analyze --model echo_ef` on files."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import dcmread
from typer.testing import CliRunner, Result

from app.cli import app
from app.echo.scene_files import write_echo_scene
from models.simulation.echo.scene import EchoScene
from stream.sources.dicom_cine import example_echocardiogram


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def cine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cine") / "loop.dcm"
    write_echo_scene(EchoScene(3, size=(320, 240), duration_seconds=2.6, frame_rate_hz=30), path)
    return path


def test_a_cine_gives_reading_records_pictures_and_report(cine: Path, tmp_path: Path) -> None:
    result = run("analyze", str(cine), "--model", "echo_ef", "--out", str(tmp_path), "--annotate", "--threads", "1")
    assert result.exit_code == 0, result.output
    names = {"loop.jsonl", "loop.csv", "loop_echo.json", "loop_echo.png", "loop_strip.jpg", "loop_sr.dcm"}
    assert names | {"loop_annotated.mp4", "summary.json"} <= {path.name for path in tmp_path.iterdir()}
    reading = json.loads((tmp_path / "loop_echo.json").read_text())
    records = [json.loads(line) for line in (tmp_path / "loop.jsonl").read_text().splitlines()]
    assert [record["name"] for record in records[:2]] == ["ef_percent", "volume_ef_percent"]
    assert records[0]["value"] == pytest.approx(reading["ef_percent"], abs=0.01)
    assert len(records) == 2 + len(reading["beats"])
    assert len(reading["contours"]) == len(reading["areas"]) == 78
    report = dcmread(tmp_path / "loop_sr.dcm")
    assert float(report.ContentSequence[0].MeasuredValueSequence[0].NumericValue) == pytest.approx(
        reading["ef_percent"], abs=0.01
    )
    assert [number.ConceptNameCodeSequence[0].CodeValue for number in report.ContentSequence[1:3]] == [
        "18026-5",
        "18148-7",
    ]


def test_the_real_recording_has_too_few_beats_and_still_shows_its_ventricle(tmp_path: Path) -> None:
    result = run("echo", str(example_echocardiogram()), "--out", str(tmp_path), "--json", "--threads", "1")
    assert result.exit_code == 1
    [reading] = json.loads(result.stdout)
    assert reading["refusal"]["code"] == "fewer_than_two_beats"
    assert reading["view"] == "apical_four_chamber"
    full = json.loads((tmp_path / "examples_ybr_color_echo.json").read_text())
    centres = np.array([np.mean(contour, 0) for contour in full["contours"]])
    assert len(centres) == 30
    # The ventricle as a person sees it: right of the septum (column 155), above the valve (row 135).
    assert np.abs(centres - (182, 105)).max() < 22
    assert full["areas"][19] > 1.25 * full["areas"][4]
    assert not (tmp_path / "examples_ybr_color_sr.dcm").exists()


def test_what_is_no_ultrasound_is_refused_and_the_rest_goes_on(cine: Path, tmp_path: Path) -> None:
    video = tmp_path / "room.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 120))
    rng = np.random.default_rng(0)
    for _ in range(20):
        writer.write(rng.integers(60, 256, (120, 160, 3), dtype=np.uint8))
    writer.release()
    result = run("echo", str(video), str(cine), "--out", str(tmp_path / "out"), "--threads", "1")
    assert result.exit_code == 3, result.output
    reading = json.loads((tmp_path / "out" / "room_echo.json").read_text())
    assert reading["refusal"]["code"] == "no_ultrasound"
    assert "room.avi: required an ultrasound recording" in reading["refusal"]["reason"]
    assert (tmp_path / "out" / "loop_echo.json").exists()


def test_finished_readings_are_not_made_again(cine: Path, tmp_path: Path) -> None:
    arguments = ("analyze", str(cine), "--model", "echo_ef", "--out", str(tmp_path), "--resume", "--threads", "1")
    assert run(*arguments).exit_code == 0
    made = (tmp_path / "loop_echo.json").stat().st_mtime_ns
    assert "skipped" in run(*arguments).output
    assert (tmp_path / "loop_echo.json").stat().st_mtime_ns == made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("echo", "x.dcm", "--model", "bedside_i3d"), "--model must read echocardiograms, bedside_i3d does not"),
        (("echo", "x.dcm", "--model", "nothing"), "no model is called 'nothing'"),
        (
            ("analyze", "x.dcm", "--model", "echo_ef,optical_flow", "--out", "o"),
            "reads whole inputs, name it alone",
        ),
    ],
)
def test_wrong_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
