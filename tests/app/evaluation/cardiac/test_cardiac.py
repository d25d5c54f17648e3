"""Cardiac MR: patients as they are read, and the ejection fraction that is reported."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.evaluation.cardiac.reading import read_patients

CONFIG = {
    "kind": "cardiac",
    "name": "heart",
    "crop": 96,
    "network_options": {"f_maps": 8, "num_levels": 2},
    "patch": [4, 32, 32],
    "fit": {"steps": 2, "batch_size": 2, "learning_rate": 0.01},
    "threads": 1,
}


def test_volumes_of_the_contours_are_those_that_are_known(shared_data: Path, tmp_path: Path) -> None:
    patients = read_patients(shared_data / "cardiac_mr", tmp_path, crop=128)
    assert [patient.known.patient for patient in patients] == ["SCD0000101", "SCD0000201"]
    for patient in patients:
        assert patient.diastole.volume_ml == pytest.approx(patient.known.edv_ml, rel=0.03)
        assert patient.systole.volume_ml == pytest.approx(patient.known.esv_ml, rel=0.03)
        for phase in patient.phases:
            assert phase.volume.voxels.shape[2:] == phase.labels.shape[1:] == (128, 128)
            inside = phase.volume.voxels[0][phase.labels > 0].mean()  # blood is bright in cine MR
            assert inside > 1.5 * np.median(phase.volume.voxels)


@pytest.mark.slow
def test_both_ways_are_reported_beside_what_is_known(shared_data: Path, tmp_path: Path) -> None:
    config = tmp_path / "heart.yaml"
    config.write_text(yaml.safe_dump({**CONFIG, "data": str(shared_data / "cardiac_mr")}))
    result = CliRunner().invoke(app, ["evaluate", str(config), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    outcomes = json.loads((tmp_path / "out" / "report.json").read_text())["cardiac"]["outcomes"]
    assert [one["taught_from"] for one in outcomes] == ["some slices of the same patient"] * 2 + ["other patients"] * 2
    assert [one["known_ef_percent"] for one in outcomes[:2]] == pytest.approx([26.2, 25.5], abs=0.1)


def test_a_folder_without_the_table_is_told_by_name(tmp_path: Path) -> None:
    config = tmp_path / "heart.yaml"
    config.write_text(yaml.safe_dump({**CONFIG, "data": "nowhere"}))
    result = CliRunner().invoke(app, ["evaluate", str(config), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "labels.csv must be a table" in " ".join(result.output.split())
