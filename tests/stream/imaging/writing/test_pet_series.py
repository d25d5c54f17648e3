"""A PET as DICOM: its tags give back uptake, in the same place."""

from pathlib import Path

import numpy as np
import pytest

from models.imaging.orientation import onto_grid
from models.samples import Volume
from models.simulation.pet.scene import PetScene
from stream.errors import StreamError
from stream.imaging.opening import open_volume
from stream.imaging.writing.pet_series import TracerDose, write_pet_series

DOSE = TracerDose(patient_kg=72.5, dose_bq=185e6, delay_seconds=1260)


@pytest.mark.parametrize("seed", [4, 2])
def test_uptake_and_place_survive_the_series(tmp_path: Path, seed: int) -> None:
    scan = PetScene(seed, grid="small").volume
    write_pet_series(tmp_path / "series", scan, DOSE)
    found = open_volume(tmp_path / "series").load()
    assert (found.modality, found.intensity_unit) == ("PT", "SUV")
    assert np.abs(onto_grid(found.voxels[0], found.grid, scan.grid) - scan.voxels[0]).max() < 1e-3


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    scan = PetScene(1, grid="small").volume
    (tmp_path / "series").mkdir()
    with pytest.raises(StreamError, match="there already"):
        write_pet_series(tmp_path / "series", scan, DOSE)


def test_activity_is_not_taken_for_uptake(tmp_path: Path) -> None:
    scan = PetScene(1, grid="small").volume
    activity = Volume(voxels=scan.voxels, grid=scan.grid, source_id="a", intensity_unit="Bq/ml")
    with pytest.raises(ValueError, match="in SUV, got 1 in Bq/ml"):
        write_pet_series(tmp_path / "series", activity, DOSE)
