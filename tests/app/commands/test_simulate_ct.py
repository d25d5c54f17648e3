"""`vigil simulate ct`: a scan with its truth, and a set of scans as LUNA16 lays them out."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.datasets.luna16 import read_luna16
from models.training.nodules.examples import NODULE, examples_of
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume
from stream.imaging.writing.volume_files import write_volume
from tests.app.commands.simulating import simulate
from tests.models.nodules.made_lungs import make_scan

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


@pytest.mark.parametrize("name", ["set.nii.gz", "set.mhd"])
def test_nodules_are_set_into_a_scan_that_keeps_its_place(tmp_path: Path, name: str) -> None:
    write_volume(tmp_path / "lungs.nii.gz", make_scan(spacing_mm=(3.0, 3.0, 3.0)))
    into = ["--into", str(tmp_path / "lungs.nii.gz"), "--seed", "3", "--nodules", "2"]
    code, said = simulate("ct", str(tmp_path / name), *into, "--json")
    assert code == 0, said
    assert json.loads(said)["num_nodules"] == 2
    before, after = open_volume(tmp_path / "lungs.nii.gz").load(), open_volume(tmp_path / name).load()
    labels = read_label_map(tmp_path / "set_labels.nii.gz").labels
    assert after.grid.is_like(before.grid)
    assert np.abs(after.voxels - before.voxels)[0][labels > 0].min() > 100
    truth = json.loads((tmp_path / "set.json").read_text())
    assert truth["scene"] == "ct"
    for nodule in truth["nodules"]:
        place = before.grid.positions_mm(np.argwhere(labels == nodule["number"])).mean(0)
        assert place == pytest.approx(nodule["centre_mm"], abs=1.5)


def test_copies_of_a_real_scan_are_laid_out_as_luna16_and_read_back(tmp_path: Path, shared_data: Path) -> None:
    real = shared_data / "ct" / "ts_example_ct_sm.nii.gz"
    code, said = simulate("ct", str(tmp_path / "set"), "--into", str(real), "--scans", "2", "--nodules", "3")
    assert code == 0, said
    scans = read_luna16(tmp_path / "set")
    assert [scan.name for scan in scans] == ["ts_example_ct_sm.0", "ts_example_ct_sm.1"]
    assert all(1 <= len(scan.nodules) <= 3 for scan in scans)
    before, copies = open_volume(real), [open_volume(scan.location) for scan in scans]
    assert all(copy.grid.is_like(before.grid) for copy in copies)
    examples = examples_of(copies[0], scans[0].nodules, name="copy")
    assert (examples.targets[examples.num_proposed :] == NODULE).all()


def test_a_real_scan_without_a_lung_is_refused_by_name(tmp_path: Path, shared_data: Path) -> None:
    code, said = simulate("ct", str(tmp_path / "set.nii"), "--into", str(shared_data / "ct" / "ct_dicom"))
    assert code == 2
    assert "found no lung" in " ".join(said.replace("│", "").split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["chest.mp4"], "must end in"),
        (["nowhere/chest.nii"], "make it first"),
        (["chest.nii", "--scans", "2"], "need a folder"),
        (["chest.nii", "--size", "10"], "size must lie in 64 to 1024"),
        (["chest.nii", "--into", "scan.nii", "--slices", "40"], "a real scan keeps its own voxels"),
    ],
)
def test_wrong_use_ends_with_code_2(tmp_path: Path, arguments: list[str], reason: str) -> None:
    code, said = simulate("ct", str(tmp_path / arguments[0]), *arguments[1:])
    assert code == 2
    assert reason in " ".join(said.replace("│", "").split())
    assert not list(tmp_path.iterdir())
