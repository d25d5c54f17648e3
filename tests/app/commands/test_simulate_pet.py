"""`vigil simulate pet`: a scan with its truth and its label map."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.simulation.pet.scene import PetScene
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume
from tests.app.commands.simulating import simulate


@pytest.mark.parametrize("name", ["brain.nii.gz", "brain"])
def test_scan_is_written_with_its_truth_beside_it(tmp_path: Path, name: str) -> None:
    code, said = simulate("pet", str(tmp_path / name), "--seed", "4", "--grid", "small")
    assert code == 0
    assert "40 x 64 x 64" in said or "64 x 40 x 64" in said or "64 x 64 x 40" in said
    scene = PetScene(4, grid="small")
    assert json.loads((tmp_path / "brain.json").read_text()) == json.loads(json.dumps(scene.truth.to_json()))
    labels = read_label_map(tmp_path / "brain_labels.nii.gz")
    assert np.array_equal(labels.labels, scene.labels)
    found = open_volume(tmp_path / name)
    assert sorted(found.grid.shape) == sorted(scene.grid.shape)
    if name != "brain":
        assert labels.grid is not None
        assert found.grid.is_like(labels.grid)


def test_number_of_lesions_is_told_and_may_be_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "brain.nii.gz"
    code, said = simulate("pet", str(out), "--seed", "4", "--grid", "small", "--lesions", "2", "--json")
    assert code == 0
    assert json.loads(said)["num_lesions"] == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["brain.mp4"], "must end in"), (["nowhere/brain.nii"], "make it first"), (["b.nii", "--seed", "-1"], "or more")],
)
def test_wrong_use_ends_with_code_2(tmp_path: Path, arguments: list[str], reason: str) -> None:
    code, said = simulate("pet", str(tmp_path / arguments[0]), *arguments[1:])
    assert code == 2
    assert reason in said.replace("│", "").replace("  ", " ")
    assert not list(tmp_path.iterdir())
