"""`vigil simulate ct`: a scan with its truth, and a set of scans as LUNA16 lays them out."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.datasets.luna16 import read_luna16
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume
from tests.app.commands.simulating import simulate

SMALL = ["--size", "64", "--slices", "24", "--slice-mm", "8", "--nodules", "3"]


@pytest.mark.parametrize("name", ["chest.nii.gz", "chest.mhd"])
def test_scan_is_written_with_its_truth_and_its_label_map(tmp_path: Path, name: str) -> None:
    code, said = simulate("ct", str(tmp_path / name), "--seed", "2", *SMALL, "--json")
    assert code == 0
    assert json.loads(said)["num_nodules"] == 3
    truth = json.loads((tmp_path / "chest.json").read_text())
    labels, found = read_label_map(tmp_path / "chest_labels.nii.gz"), open_volume(tmp_path / name)
    assert labels.grid is not None
    assert found.grid.is_like(labels.grid)
    assert found.read_slab(0, 24).min() < -900
    for nodule in truth["nodules"]:
        depth, height, width = np.rint(found.grid.indices(np.array([nodule["centre_mm"]]))[0]).astype(int)
        around = labels.labels[depth - 1 : depth + 2, height - 1 : height + 2, width - 1 : width + 2]
        assert nodule["number"] in around


def test_a_set_is_laid_out_as_luna16_and_read_back(tmp_path: Path) -> None:
    code, said = simulate("ct", str(tmp_path / "luna"), "--scans", "2", "--seed", "7", *SMALL)
    assert code == 0
    assert "2 scans laid out as LUNA16's" in said
    scans = read_luna16(tmp_path / "luna")
    assert [scan.name for scan in scans] == ["vigil.ct.7", "vigil.ct.8"]
    assert [len(scan.nodules) for scan in scans] == [3, 3]
    assert open_volume(scans[0].location).grid.shape == (24, 64, 64)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["chest.mp4"], "must end in"),
        (["nowhere/chest.nii"], "make it first"),
        (["chest.nii", "--scans", "2"], "need a folder"),
        (["chest.nii", "--size", "10"], "size must lie in 64 to 1024"),
    ],
)
def test_wrong_use_ends_with_code_2(tmp_path: Path, arguments: list[str], reason: str) -> None:
    code, said = simulate("ct", str(tmp_path / arguments[0]), *arguments[1:])
    assert code == 2
    assert reason in " ".join(said.replace("│", "").split())
    assert not list(tmp_path.iterdir())
