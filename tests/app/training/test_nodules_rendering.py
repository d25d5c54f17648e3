"""What a training run for nodules makes of real scans, in processes of its own."""

from pathlib import Path

import numpy as np
import pytest

from app.training.nodules_rendering import require_real, set_into_real
from models.training.nodules.config import NodulesConfig, RealConfig
from stream.imaging.writing.volume_files import write_volume
from tests.models.nodules.made_lungs import make_scan

RECIPE = Path(__file__).parents[3] / "configs" / "train" / "nodules.yaml"


def real_config(scan: Path) -> RealConfig:
    rows = {"train": {"first": 1, "count": 2}, "test": {"first": 7, "count": 1}}
    return RealConfig.model_validate({"scans": [str(scan)], "taught_side": "right", "num_nodules": 2, **rows})


def test_one_lung_is_learned_from_and_the_other_measured_on(tmp_path: Path) -> None:
    write_volume(tmp_path / "lungs.nii.gz", make_scan(spacing_mm=(3.0, 3.0, 3.0)))
    config, folder = real_config(tmp_path / "lungs.nii.gz"), tmp_path / "scans"
    taught, measured = set_into_real(config, folder, num_processes=1, show=lambda *_: None)
    assert [len(taught), len(measured)] == [2, 1]
    assert (measured[0].nodules[:, 0] > 0).all()
    assert all(len(scan.nodules) == 2 for scan in (*taught, *measured))
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again, _ = set_into_real(config, folder, num_processes=1, show=lambda *_: None)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == times
    assert np.array_equal(again[0].cubes, taught[0].cubes)


def test_a_scan_that_is_missing_is_named_before_anything_is_simulated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.nii\.gz: required a real CT.*leave out the section real"):
        require_real(real_config(tmp_path / "absent.nii.gz"))


def test_the_recipe_that_is_shipped_names_the_real_scan_beside_the_project(shared_data: Path) -> None:
    config = NodulesConfig.load(RECIPE)
    assert config.real is not None
    require_real(config.real)
