import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from app.commands.models import app
from models.networks.i3d import I3D
from models.registry import find_card


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "narrow.pt"
    torch.save({"state_dict": I3D(num_classes=3, width=0.125).state_dict()}, path)
    return path


def vigil_models(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def states() -> dict[str, str]:
    return {model["name"]: model["state"] for model in json.loads(vigil_models("list", "--json").stdout)}


def test_an_imported_model_is_listed_shown_and_verified(checkpoint: Path, directory: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("in bed\nout of bed\nnone\n", encoding="utf-8")
    assert states()["i3d_rgb"] == "needs weights"
    assert states()["optical_flow"] == "ready"

    imported = vigil_models("import", checkpoint, "--as", "i3d_rgb", "--labels", labels, "--licence", "CC0-1.0")

    assert imported.exit_code == 0
    assert "3 classes" in imported.stdout
    assert states()["i3d_rgb"] == "ready"
    card = json.loads(vigil_models("show", "i3d_rgb", "--json").stdout)
    assert card["labels"] == ["in bed", "out of bed", "none"]
    assert card["licence"] == "CC0-1.0"
    assert "in bed, out of bed, none" in vigil_models("show", "i3d_rgb").stdout.replace("'", "")
    assert json.loads(vigil_models("verify", "--json").stdout)["i3d_rgb"] == "right"


def test_an_import_is_told_in_json(checkpoint: Path, directory: Path) -> None:
    told = json.loads(vigil_models("import", checkpoint, "--as", "ward", "--network", "i3d_rgb", "--json").stdout)
    assert (told["name"], told["weights"]) == ("ward", str(directory / "ward.safetensors"))


def test_the_list_has_a_head_and_a_card_is_shown_in_words() -> None:
    assert vigil_models("list").stdout.split()[:4] == ["name", "state", "network", "labels"]
    (labels,) = (line for line in vigil_models("show", "bedside_i3d").stdout.splitlines() if line.startswith("labels "))
    assert labels.split(maxsplit=1)[1] == ", ".join(find_card("bedside_i3d").labels)


def test_changed_weights_are_found_by_verify(checkpoint: Path, directory: Path) -> None:
    vigil_models("import", checkpoint, "--as", "ward", "--network", "i3d_rgb")
    assert states()["ward"] == "ready"
    weights = directory / "ward.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    verified = vigil_models("verify", "ward")
    assert verified.exit_code == 1
    assert "was changed after its card was written" in verified.stdout
    assert states()["ward"] == "damaged weights"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "complaint"),
    [
        (["import", "nowhere.pt", "--as", "i3d_rgb"], 2, "nowhere.pt must be a checkpoint file; there is no such file"),
        (["import", "CHECKPOINT", "--as", "i3d_flow"], 1, "narrow.pt cannot become i3d_flow: "),
        (["import", "CHECKPOINT", "--as", "ward"], 1, "say which one with --network"),
        (["import", "CHECKPOINT", "--as", "i3d_rgb", "--labels", "nowhere.txt"], 2, "nowhere.txt must be a text file"),
        (["show", "i3d"], 2, "no model is called 'i3d'; known are"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    arguments: list[str], exit_code: int, complaint: str, checkpoint: Path, directory: Path
) -> None:
    ended = vigil_models(*(checkpoint if argument == "CHECKPOINT" else argument for argument in arguments))
    assert ended.exit_code == exit_code
    assert complaint in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not directory.exists()


def test_a_damaged_card_does_not_hide_the_other_models(directory: Path) -> None:
    directory.mkdir()
    (directory / "ward.json").write_text("{", encoding="utf-8")
    assert states()["ward"] == "damaged card"
    assert states()["optical_flow"] == "ready"
    assert vigil_models("list").exit_code == 0


def test_a_directory_that_cannot_be_written_to_is_named(checkpoint: Path, directory: Path) -> None:
    directory.write_text("a file where a directory should be", encoding="utf-8")
    ended = vigil_models("import", checkpoint, "--as", "i3d_rgb")
    assert ended.exit_code == 1
    assert f"{directory} cannot be written to, nothing was imported" in ended.stderr
