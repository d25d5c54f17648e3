"""Tests of app/commands/analyze.py as a user calls it, with the one model that needs no weights."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app.commands.analyze import analyze
from tests.stream.batch.scenery import write_video

APP = typer.Typer()
APP.command()(analyze)


def vigil(*arguments: object) -> Result:
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "ward.mp4", [0.5] * 75, width=160, height=120)


def test_a_video_gives_records_a_table_and_a_timeline(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    done = vigil(video, "--model", "optical_flow", "--out", out)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        ".vigil",
        "summary.json",
        "ward.csv",
        "ward.jsonl",
        "ward_timeline.png",
    }
    records = [json.loads(line) for line in (out / "ward.jsonl").read_text().splitlines()]
    assert {record["kind"] for record in records} == {"motion"}
    assert all(record["mean_speed"] > 0 for record in records), "a square moves in every clip"
    with (out / "ward.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(records)
    assert "ward" in done.stdout
    assert "1 done" in done.stdout


def test_annotate_and_resume(tmp_path: Path, video: Path) -> None:
    out = tmp_path / "out"
    assert vigil(video, "--model", "optical_flow", "--out", out, "--annotate", "--seconds", 1).exit_code == 0
    assert (out / "ward_annotated.mp4").stat().st_size > 1000
    again = vigil(video, "--model", "optical_flow", "--out", out, "--annotate", "--seconds", 1, "--resume", "--json")
    assert json.loads(again.stdout)["num_skipped"] == 1


def test_some_bad_inputs_are_named_and_the_exit_code_says_partly(tmp_path: Path, video: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_text("#EXTM3U\n/etc/passwd\n")
    done = vigil(tmp_path, tmp_path / "gone.mp4", "--model", "optical_flow", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 3
    summary = json.loads(done.stdout)
    refused = {
        Path(entry["source"]).name: entry["reason"] for entry in summary["inputs"] if entry["state"] == "refused"
    }
    assert set(refused) == {"fake.mp4", "gone.mp4"}
    assert "no such file" in refused["gone.mp4"]
    for name in refused:
        assert sum(name in line for line in done.stderr.splitlines()) == 1
    assert (tmp_path / "out" / "ward.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "no_such_model"), "no model is called 'no_such_model'; known are"),
        (("--model", ","), "--model needs at least one of"),
        (("--model", "optical_flow", "--format", "xls"), "--format must be jsonl or csv, got 'xls'"),
        (("--model", "optical_flow", "--mode", "dream"), "--mode must be window or stream, got 'dream'"),
        (("--model", "optical_flow", "--flow", "raft"), "--flow must be dis or tvl1, got 'raft'"),
        (("--model", "optical_flow", "--device", "foo"), 'device must be "auto", "cpu", "cuda" or "cuda:N"'),
        (("--model", "optical_flow", "--device", "cuda:97"), "device 'cuda:97' was asked for, this machine has"),
        (("--model", "i3d_flow"), "i3d_flow has no weights on this machine"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_what_would_be_right(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    done = vigil(video, "--out", tmp_path / "out", *options)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_nothing_to_analyse_is_wrong_use(tmp_path: Path) -> None:
    done = vigil(tmp_path / "*.mp4", "--model", "optical_flow", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "*.mp4: the pattern matches no video and no DICOM file" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file_is_wrong_use_and_the_file_stays(video: Path) -> None:
    content = video.read_bytes()
    done = vigil(video, "--model", "optical_flow", "--out", video)
    assert (done.exit_code, done.stderr) == (2, f"vigil: --out must be a folder, {video} is a file\n")
    assert video.read_bytes() == content


def test_a_camera_needs_an_end(tmp_path: Path) -> None:
    done = vigil("rtsp://user:secret@127.0.0.1:1/cam", "--model", "optical_flow", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "--seconds" in done.stderr
    assert "secret" not in done.output


def test_a_camera_that_is_not_there_is_refused_without_its_password(tmp_path: Path) -> None:
    url = "rtsp://user:secret@127.0.0.1:1/cam"
    done = vigil(url, "--model", "optical_flow", "--out", tmp_path / "out", "--seconds", 1)
    assert done.exit_code == 1
    assert "127.0.0.1" in done.output
    written = "".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert "secret" not in done.output + written


def test_a_disk_that_fills_up_is_told_and_leaves_nothing_half_written(tmp_path: Path, video: Path) -> None:
    """The limit on file sizes stands for the disk: both make a write fail in the middle."""
    script = "import sys; sys.path.insert(0, '.'); from tests.app.commands.test_analyze import APP; APP()"
    command = f'ulimit -f 20; exec "{sys.executable}" -c "{script}" "$@"'
    arguments = [str(video), "--model", "optical_flow", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        ["bash", "-c", command, "bash", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "the outputs cannot be written (File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_real_echocardiogram_is_analysed(tmp_path: Path) -> None:
    pydicom_data = pytest.importorskip("pydicom.data")
    cine = pydicom_data.get_testdata_file("examples_ybr_color.dcm")
    done = vigil(cine, "--model", "optical_flow", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)["inputs"][0]
    assert report["num_frames"] == 30
    assert report["video_seconds"] == pytest.approx(1.0, abs=0.1)
    assert report["num_clips"] == 1
