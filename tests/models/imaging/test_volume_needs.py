from typing import Any

import numpy as np
import pytest

from models.imaging.volume_needs import VolumeNeeds
from models.imaging.voxel_grid import VoxelGrid
from models.samples import Volume

CT = VolumeNeeds(modalities=("CT",), unit="HU", least_voxels=(3, 4, 4))


def volume(shape: tuple[int, ...] = (1, 4, 4, 4), **told: Any) -> Volume:
    names = tuple(f"channel {index}" for index in range(shape[0]))
    grid = VoxelGrid.of_axes(shape[1:], (1, 1, 1))
    return Volume(voxels=np.zeros(shape, np.float32), grid=grid, source_id="scan", channel_names=names, **told)


def test_what_fits_is_taken_and_so_is_what_does_not_tell() -> None:
    CT.require(volume(modality="CT", intensity_unit="HU"))
    CT.require(volume())
    VolumeNeeds().require(volume(modality="MR"))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (volume(modality="MR"), "scan: required CT, found MR; choose another model"),
        (volume(modality="CT"), "required values in HU, found no unit; complete the header"),
        (volume(intensity_unit="SUV"), "required values in HU, found SUV"),
        (volume((2, 4, 4, 4)), r"required 1 channel\(s\), found 2: channel 0, channel 1"),
        (volume((1, 2, 4, 4)), r"required at least \(3, 4, 4\) voxels, found \(2, 4, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(found: Volume, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CT.require(found)


def test_why_uptake_is_not_known_is_passed_on() -> None:
    pet = volume(
        modality="PT", intensity_unit="Bq/ml", remarks=("the uptake (SUV) is not known: PatientWeight is missing",)
    )
    with pytest.raises(ValueError, match=r"required values in SUV, found Bq/ml .*PatientWeight is missing"):
        VolumeNeeds(modalities=("PT",), unit="SUV").require(pet)
