"""`vigil flow`: numbers, pictures and a film of a video's motion, or a reason and nothing."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from models.flow.methods import flow_measure
from models.simulation.patchwork import PatchworkScene
from stream.errors import SourceRefused
from stream.sources.opening import open_source
from stream.video_writer import VideoWriter

NUM_FRAMES = 12


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "moving.mp4"
    with VideoWriter(path, width=96, height=64, frame_rate_hz=10) as writer:
        for frame in PatchworkScene(1, height=64, width=96).frames(NUM_FRAMES):
            writer.write(frame)
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["flow", *arguments])
    return result.exit_code, result.output


def test_flow_is_written_as_numbers_pictures_and_film(video: Path, tmp_path: Path) -> None:
    code, output = run(str(video), "--out", str(tmp_path / "out"), "--short-side", "64", "--components")
    assert code == 0, output
    out = tmp_path / "out"
    names = {"moving_components", *(f"moving_{end}" for end in ("flow.json", "flow.mp4", "flow.npy", "flow.png"))}
    assert {path.name for path in out.iterdir()} == names | {"moving_u.png", "moving_v.png"}
    flows = np.load(out / "moving_flow.npy")
    assert (flows.shape, flows.dtype) == ((NUM_FRAMES - 1, 64, 96, 2), np.float16)
    told = json.loads((out / "moving_flow.json").read_text())
    assert (told["num_pairs"], told["method"], told["frame_rate_hz"]) == (NUM_FRAMES - 1, "dis", 10)
    strongest = flows[told["strongest_pair"]].astype(np.float32)
    u = cv2.imread(str(out / "moving_u.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_allclose((u.astype(float) - 128) / 127 * 20, strongest[..., 0].clip(-20, 20), atol=0.1)
    assert len(list((out / "moving_components").glob("v_*.png"))) == NUM_FRAMES - 1
    with open_source(str(out / "moving_flow.mp4")) as film:
        assert (film.media.width, film.media.height) == (192, 64)
        assert sum(1 for _ in film) == NUM_FRAMES - 1


def test_the_numbers_do_not_depend_on_how_pairs_are_grouped(video: Path, tmp_path: Path) -> None:
    assert run(str(video), "--out", str(tmp_path), "--short-side", "64")[0] == 0
    with open_source(str(video)) as reader:
        frames = [cv2.cvtColor(frame.to_rgb(64, 96), cv2.COLOR_RGB2GRAY) for frame in reader]
    expected = flow_measure("dis")(np.stack(frames[:-1]), np.stack(frames[1:]))
    np.testing.assert_allclose(np.load(tmp_path / "moving_flow.npy"), expected, atol=0.01)


def test_tv_l1_measures_the_seconds_asked_for(video: Path, tmp_path: Path) -> None:
    arguments = ("--method", "tvl1", "--seconds", "0.2", "--short-side", "32", "--threads", "1", "--json")
    result = CliRunner().invoke(app, ["flow", str(video), "--out", str(tmp_path), *arguments])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["method"], told["device"], told["num_pairs"]) == ("tvl1", "cpu", 2)
    assert told["pts_seconds"] == pytest.approx([0, 0.1], abs=1e-3)


def test_what_is_no_video_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_bytes(b"no video" * 100)
    result = CliRunner().invoke(app, ["flow", str(fake), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert isinstance(result.exception, SourceRefused)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_single_frame_has_no_flow(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "still.mp4", width=64, height=48, frame_rate_hz=10) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    result = CliRunner().invoke(app, ["flow", str(tmp_path / "still.mp4"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "flow needs at least two frames" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "raft"], "'raft' is not one of"),
        (["--method", "tvl1", "--device", "cuda:7"], "CUDA devices"),
        (["--short-side", "4"], "greater than or equal to 16"),
    ],
)
def test_wrong_use_has_exit_code_2(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "dumb")
    code, output = run(str(video), "--out", str(tmp_path / "out"), *arguments)
    assert code == 2
    assert message in output
