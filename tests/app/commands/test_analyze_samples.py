"""Tests of `vigil analyze` with models of pictures and volumes, as a user calls it."""

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from app.commands.analyze import analyze
from models.registry import build_network
from models.weights import store_model
from tests.small_imaging_models import BRIGHT, imaging_card, store_brightness_model

APP = typer.Typer()
APP.command()(analyze)
WINDOW = [4, 8, 8]


def vigil(*arguments: object) -> Result:
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    store_brightness_model(tmp_path / "models", serving_options={"window": WINDOW})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two volumes with a bright box each, one file that was cut off, and one that is no volume at all."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, size in (("one", 3), ("two", 5)):
        voxels = np.zeros((12, 11, 6), np.float32)
        voxels[2 : 2 + size, 3:6, 1:4] = 2 * BRIGHT
        nibabel.save(nibabel.Nifti1Image(voxels, np.diag([0.5, 0.5, 2, 1])), folder / f"{name}.nii.gz")
    (folder / "cut.nii.gz").write_bytes((folder / "one.nii.gz").read_bytes()[:90])
    (folder / "notes.txt").write_text("nothing to read")
    return folder


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_volumes_give_label_maps_tables_and_records_and_a_bad_one_is_named(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = vigil(folder, "--model", "bright", "--out", out, "--device", "cpu", "--json")
    assert done.exit_code == 3, done.output
    summary = json.loads(done.stdout)
    states = {Path(entry["source"]).name: entry["state"] for entry in summary["inputs"]}
    assert states == {"cut.nii.gz": "refused", "one.nii.gz": "done", "two.nii.gz": "done"}
    assert "cut.nii.gz" in done.stderr
    assert summary["num_ignored_files"] == 1
    labels = nibabel.load(out / "two_labels.nii.gz")
    assert int(np.asarray(labels.dataobj).sum()) == 5 * 3 * 3
    np.testing.assert_allclose(labels.affine, np.diag([0.5, 0.5, 2, 1]))
    (record,) = lines(out / "two.jsonl")
    assert (record["kind"], record["model"], record["label_map"]) == ("segmentation", "bright", "two_labels.nii.gz")
    assert (record["labels"], record["unit"]) == (["bright"], "mm3")
    assert record["extents"] == [pytest.approx(45 * 0.5)]
    with (out / "two_measurements.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["volume_mm3"]) == pytest.approx(45 * 0.5)
    assert (out / "two_overlay.png").stat().st_size > 0
    assert not list(out.glob("cut*"))


def test_what_is_done_is_not_done_again(folder: Path, tmp_path: Path) -> None:
    call = (folder / "one.nii.gz", "--model", "bright", "--out", tmp_path / "out", "--device", "cpu", "--json")
    assert vigil(*call).exit_code == 0
    again = vigil(*call, "--resume")
    assert (again.exit_code, json.loads(again.stdout)["num_skipped"]) == (0, 1)
    assert json.loads(vigil(*call).stdout)["num_done"] == 1


def test_a_picture_gives_a_label_map_an_overlay_and_areas(tmp_path: Path, shared_data: Path) -> None:
    options = {"num_classes": 2, "in_channels": 3, "width": 0.125}
    card = imaging_card("cells", "unet2d", "picture", labels=("cell",), network_options=options)
    network = build_network("unet2d", **options)
    dict(network.named_parameters())["outc.conv.bias"].data[1] = 1e6  # everything is a cell
    store_model(network, card, tmp_path / "models")
    out, name = tmp_path / "out", "0d2bf916cc8d_img"
    done = vigil(shared_data / f"nuclei/{name}.png", "--model", "cells", "--out", out, "--device", "cpu")
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        ".vigil",
        "summary.json",
        f"{name}.jsonl",
        f"{name}_labels.png",
        f"{name}_measurements.csv",
        f"{name}_overlay.png",
    }
    (record,) = lines(out / f"{name}.jsonl")
    assert (record["labels"], record["extents"], record["unit"]) == (["cell"], [360 * 360], "px")
    assert "1 done" in done.stdout


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("bright,optical_flow", "--model: bright reads whole inputs, name it alone"),
        ("broken", "broken.safetensors was changed after its card was written"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(model: str, message: str, folder: Path, tmp_path: Path) -> None:
    store_brightness_model(tmp_path / "models", name="broken", serving_options={"window": WINDOW})
    (tmp_path / "models/broken.safetensors").write_bytes(b"")
    done = vigil(folder / "one.nii.gz", "--model", model, "--out", tmp_path / "out", "--device", "cpu")
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_model_of_volumes_refuses_a_picture_by_name(tmp_path: Path, shared_data: Path) -> None:
    picture = shared_data / "nuclei/0d2bf916cc8d_img.png"
    done = vigil(picture, "--model", "bright", "--out", tmp_path / "out", "--device", "cpu", "--json")
    assert done.exit_code == 1
    assert "required a volume, found a picture (png)" in json.loads(done.stdout)["inputs"][0]["reason"]
