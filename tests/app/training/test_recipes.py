"""Recipes of training, at the smallest scale: CNN and memory apart, two streams and their fusion, a number."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from models.predictor import ModelCard
from models.store.stored_models import find_stored
from stream.sources.opening import open_source
from tests.app.training.made_runs import CONFIG, train, write_config
from tests.app.training.made_videos import write_class_folders, write_square

DATA = {"layout": "folder_per_class", "videos": "data", "validation_share": 0.34, "test_share": 0.34}
BRIEF = {"steps": 2, "batch_size": 4, "learning_rate": 0.003, "validate_every": 1}


@pytest.fixture(autouse=True)
def _own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))


def analyze(video: Path, model: str, out: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["analyze", str(video), "--model", model, "--out", str(out)])
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in (out / f"{video.stem}.jsonl").read_text().splitlines()]
    return [record for record in records if record["kind"] in ("classification", "measurement")]


def write_bright_loops(root: Path) -> None:
    """Loops in the layout of EchoNet-Dynamic."""
    rows = ["FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split"]
    for index, part in enumerate(("TRAIN", "TRAIN", "TRAIN", "VAL", "TEST")):
        write_square(root / "Videos" / f"L{index}.mp4", "right", seed=index)
        rows.append(f"L{index},{40 + 5 * index},50,100,48,64,8,16,{part}")
    (root / "FileList.csv").write_text("\n".join(rows))


@pytest.mark.slow
def test_the_frame_cnn_and_the_memory_are_trained_apart_on_features_kept_on_disk(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data", per_class=3)
    two_step = {"views": 2, "frames": BRIEF}
    network = {"network": "cnn_lstm", "network_options": {"hidden_size": 8}}
    config = write_config(tmp_path, data=DATA, fit={**BRIEF, "steps": 4}, two_step=two_step, **network)
    code, output = train(config, "out", "--install")
    assert code == 0, output
    features = sorted((tmp_path / "out" / "features").rglob("*.npy"))
    assert len(features) == 3 * 2 + 3  # each training video twice, each validation video once
    assert {np.load(path).shape for path in features} == {(16, 1280)}
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"frames.png", "loss.png"}
    card = ModelCard.load(tmp_path / "out" / "squares.json")

    for path in tmp_path.glob("out/loss*"):  # as if it had been killed before the memory was trained
        path.unlink()
    written = {path: path.stat().st_mtime_ns for path in features}
    code, output = train(config)
    assert code == 0, output
    assert {path: path.stat().st_mtime_ns for path in features} == written
    assert ModelCard.load(tmp_path / "out" / "squares.json") == card
    assert len(analyze(tmp_path / "data" / "left" / "left_0.mp4", "squares", tmp_path / "found")) == 3


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mean", "svm"])
def test_streams_are_trained_apart_and_fused_after(tmp_path: Path, method: str) -> None:
    write_class_folders(tmp_path / "data", per_class=3)
    narrow = {"width": 0.05, "dropout": 0.0}
    for name, network, num_frames, kind in (("rgb", "i3d_rgb", 8, "rgb"), ("flow", "i3d_flow", 9, "flow")):
        clip = {**CONFIG["clip"], "num_frames": num_frames}
        changes = {"name": name, "network": network, "network_options": narrow, "input": kind, "clip": clip}
        code, output = train(write_config(tmp_path, data=DATA, fit=BRIEF, **changes), name, "--install")
        assert code == 0, output
    fusion = {"kind": "fusion", "name": "both", "streams": ["rgb", "flow"], "method": method, "data": DATA}
    config = write_config(tmp_path, only={**fusion, "card": CONFIG["card"]})
    code, output = train(config, "both", "--install")
    assert code == 0, output
    assert "video_accuracy" in output
    fused = analyze(tmp_path / "data" / "left" / "left_0.mp4", "both", tmp_path / "found")
    assert len(fused) == 2  # clips of 9 frames every 4 in 16
    if method == "mean":
        parts = [analyze(tmp_path / "data" / "left" / "left_0.mp4", name, tmp_path / name) for name in ("rgb", "flow")]
        mean = np.mean([part[0]["scores"] for part in parts], axis=0)
        assert fused[0]["scores"] == pytest.approx(mean, abs=1e-5)

    stored = find_stored("rgb")
    assert stored is not None
    card = tmp_path / "models" / "rgb.json"
    card.write_text(card.read_text().replace(stored.card.weights_sha256, "0" * 64))
    result = CliRunner().invoke(
        app, ["analyze", str(tmp_path / "data"), "--model", "both", "--out", str(tmp_path / "x")]
    )
    assert result.exit_code != 0
    assert "fuses the model rgb, which is another one by now" in result.output


@pytest.mark.slow
def test_frames_and_flow_fused_in_3d_are_trained_and_served(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data", per_class=3)
    fused = {"network": "fused_3d", "network_options": {"width": 0.05}, "input": "frames_and_flow"}
    config = write_config(tmp_path, data=DATA, fit=BRIEF, clip={**CONFIG["clip"], "num_frames": 10}, **fused)
    code, output = train(config, "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "models" / "squares.json")
    assert card.network_options["flow_channels"] == 4
    found = analyze(tmp_path / "data" / "left" / "left_0.mp4", "squares", tmp_path / "found")
    assert {len(record["scores"]) for record in found} == {len(card.labels)}

    path = tmp_path / "models" / "squares.json"
    clip = card.clip_spec
    assert clip is not None
    replace(card, clip_spec=replace(clip, num_frames=15)).save(path)
    video, out = tmp_path / "data" / "left" / "left_0.mp4", tmp_path / "x"
    refused = CliRunner().invoke(app, ["analyze", str(video), "--model", "squares", "--out", str(out)])
    assert refused.exit_code == 2
    assert "reads 7 channels, clips of 15 frames give 9; set flow_channels to 6" in " ".join(refused.output.split())


@pytest.mark.slow
def test_a_number_is_learned_from_echonets_layout_and_measured_in_its_unit(tmp_path: Path) -> None:
    write_bright_loops(tmp_path / "echo")
    number = {
        "kind": "regression",
        "number": "ef_percent",
        "unit": "%",
        "data": {"layout": "echonet", "videos": "echo"},
    }
    config = write_config(tmp_path, without=("labels",), fit=BRIEF, **number)
    code, output = train(config, "out", "--install")
    assert code == 0, output
    assert "ef_percent_mae" in output
    card = ModelCard.load(tmp_path / "models" / "squares.json")
    assert (card.labels, card.answer, card.unit) == (("ef_percent",), "number", "%")
    found = analyze(tmp_path / "echo" / "Videos" / "L4.mp4", "squares", tmp_path / "found")
    assert {(record["name"], record["unit"]) for record in found} == {("ef_percent", "%")}
    mean = np.mean([record["value"] for record in found])
    assert abs(mean - 60) == pytest.approx(card.metrics["ef_percent_mae"]["value"], abs=0.3)


def write_traced_loops(root: Path) -> None:
    """Loops in which the bright square is traced, in the layout of EchoNet-Dynamic."""
    write_bright_loops(root)
    rows = ["FileName,X1,Y1,X2,Y2,Frame"]
    for index in range(5):
        with open_source(str(root / "Videos" / f"L{index}.mp4")) as reader:
            for number, decoded in enumerate(reader):
                pixels = decoded.to_rgb(48, 64).astype(int)
                rows_lit, columns_lit = np.nonzero(pixels[..., 0] - pixels[..., 2] > 80)
                left, right = columns_lit.min(), columns_lit.max()
                if number in (0, 5) and right - left < 16:  # not when it leaves on one side and enters on the other
                    top, bottom = rows_lit.min(), rows_lit.max()
                    rows.append(f"L{index}.mp4,{left},{top},{right},{bottom},{number}")
                    rows += [f"L{index}.mp4,{left},{y},{right},{y},{number}" for y in range(top, bottom + 1, 3)]
    (root / "VolumeTracings.csv").write_text("\n".join(rows))


@pytest.mark.slow
def test_a_mask_is_learned_from_tracings_and_its_area_measured(tmp_path: Path) -> None:
    write_traced_loops(tmp_path / "echo")
    segmentation = {
        "kind": "segmentation",
        "name": "squares",
        "network": "deeplabv3_resnet50",
        "network_options": {"depth": 18, "width": 0.15},
        "label": "square",
        "size": [48, 64],
        "data": {"layout": "echonet", "videos": "echo"},
        "fit": {"steps": 40, "batch_size": 6, "learning_rate": 0.01, "validate_every": 20, "average_decay": 0.8},
        "card": CONFIG["card"],
    }
    code, output = train(write_config(tmp_path, only=segmentation), "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "models" / "squares.json")
    assert card.metrics["dice"]["value"] > 0.5  # after seconds of training; an empty mask has 0
    found = analyze(tmp_path / "echo" / "Videos" / "L4.mp4", "squares", tmp_path / "found")
    assert {(record["name"], record["unit"]) for record in found} == {("square_area", "% of the picture")}
