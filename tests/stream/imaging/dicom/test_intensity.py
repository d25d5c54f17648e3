from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.imaging.opening import open_volume, read_images
from tests.stream.imaging.dicom.made_slices import injection, make_series, make_slice, pet_elements

RAMP = np.arange(42, dtype=np.uint16).reshape(6, 7)
HALF_LIFE = 6586.2


def test_uptake_is_activity_over_dose_by_weight(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "pet", **pet_elements())).load()
    assert (volume.modality, volume.intensity_unit, volume.remarks) == ("PT", "SUV", ())
    dose_at_scan = 3.7e8 * 2 ** (-3600 / HALF_LIFE)
    np.testing.assert_allclose(volume.voxels[0, 0, 3, 3], 1000 * 2 * 70_000 / dose_at_scan, rtol=1e-6)


@pytest.mark.parametrize(
    ("changed", "factor"),
    [
        ({"Units": "GML"}, 2.0),
        ({"DecayCorrection": "ADMIN"}, 2 * 70_000 / 3.7e8),
        # Processed again at noon: the scan began with its first acquisition, at 11:02:30.
        ({"SeriesTime": "120000"}, 2 * 70_000 / (3.7e8 * 2 ** (-3750 / HALF_LIFE))),
        (
            {
                "RadiopharmaceuticalInformationSequence": injection(
                    RadiopharmaceuticalStartDateTime="20260302103000.5", RadiopharmaceuticalStartTime="000000"
                )
            },
            2 * 70_000 / (3.7e8 * 2 ** (-1799.5 / HALF_LIFE)),
        ),
        (
            {  # injected before midnight
                "RadiopharmaceuticalInformationSequence": injection(RadiopharmaceuticalStartTime="233000"),
                "SeriesTime": "003000",
                "AcquisitionTime": "003100",
            },
            2 * 70_000 / (3.7e8 * 2 ** (-3600 / HALF_LIFE)),
        ),
    ],
)
def test_each_way_to_state_an_uptake_is_followed(tmp_path: Path, changed: dict[str, Any], factor: float) -> None:
    volume = open_volume(make_series(tmp_path / "pet", **pet_elements(**changed))).load()
    assert volume.intensity_unit == "SUV"
    np.testing.assert_allclose(volume.voxels[0, 0, 3, 3], 1000 * factor, rtol=1e-6)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"PatientWeight": None}, "PatientWeight is missing"),
        ({"PatientWeight": 0}, "PatientWeight is missing"),
        ({"CorrectedImage": ["SCAT"]}, "CorrectedImage does not name"),
        ({"DecayCorrection": "NONE"}, "DecayCorrection is NONE"),
        ({"RadiopharmaceuticalInformationSequence": None}, "RadiopharmaceuticalInformationSequence is missing"),
        (
            {"RadiopharmaceuticalInformationSequence": injection(RadionuclideTotalDose=None)},
            "RadionuclideTotalDose is missing",
        ),
        (
            {"RadiopharmaceuticalInformationSequence": injection(RadiopharmaceuticalStartTime=None)},
            "RadiopharmaceuticalStartTime are missing",
        ),
        (
            {"RadiopharmaceuticalInformationSequence": injection(RadiopharmaceuticalStartDateTime="20250302100000")},
            "s after the injection",
        ),
    ],
)
def test_without_what_it_needs_uptake_is_not_guessed(tmp_path: Path, changed: dict[str, Any], missing: str) -> None:
    volume = open_volume(make_series(tmp_path / "pet", **pet_elements(**changed)))
    assert volume.intensity_unit == "Bq/ml"
    assert missing in volume.remarks[0]
    assert volume.read_slab(0, 1)[0, 0, 3, 3] == 2000


def test_each_slice_of_pet_has_its_own_slope(tmp_path: Path) -> None:
    for index in range(3):
        elements = pet_elements(Units="GML", RescaleSlope=1 + index)
        make_slice(tmp_path / f"{index}.dcm", np.full((6, 7), 10, np.uint16), (0, 0, index), **elements)
    assert open_volume(tmp_path).load().voxels[0, :, 0, 0].tolist() == [10, 20, 30]


def test_a_radiograph_that_is_stored_inverted_becomes_bright_on_dark(tmp_path: Path) -> None:
    elements = {"Modality": "DX", "RescaleSlope": None, "RescaleIntercept": None, "BitsStored": 12, "HighBit": 11}
    window = {"WindowCenter": 1000.5, "WindowWidth": 201}
    path = make_slice(
        tmp_path / "a.dcm", RAMP, (0, 0, 0), PhotometricInterpretation="MONOCHROME1", **elements, **window
    )
    (picture,) = read_images(path)
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels[..., 0], 4095 - RAMP)
    assert picture.display_range == (4095 - 1100, 4095 - 900)
    assert picture.spacing_mm == (0.7, 0.5)


def test_hounsfield_units_keep_their_values_however_they_are_shown(tmp_path: Path) -> None:
    path = make_slice(tmp_path / "a.dcm", RAMP, (0, 0, 0), PhotometricInterpretation="MONOCHROME1")
    (picture,) = read_images(path)
    assert picture.intensity_unit == "HU"
    assert np.array_equal(picture.pixels[..., 0], RAMP.astype(np.float32) - 1024)


def test_a_ct_that_is_not_rescaled_is_not_called_hounsfield(tmp_path: Path) -> None:
    volume = open_volume(make_series(tmp_path / "ct", RescaleSlope=None, RescaleIntercept=None))
    assert volume.intensity_unit == "none"
    assert "does not rescale this CT to HU" in volume.remarks[0]


def test_signed_numbers_stay_signed(tmp_path: Path) -> None:
    stored = RAMP.astype(np.int16) - 20
    (picture,) = read_images(make_slice(tmp_path / "a.dcm", stored, (0, 0, 0), Modality="MR", RescaleIntercept=0))
    assert np.array_equal(picture.pixels[..., 0], stored)


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_rgb_whatever_their_order(tmp_path: Path, planar: int) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    stored = colours if planar == 0 else np.ascontiguousarray(colours.transpose(2, 0, 1)).reshape(6, 8, 3)
    elements = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": planar,
        "Modality": "US",
    }
    (picture,) = read_images(make_slice(tmp_path / "a.dcm", stored, (0, 0, 0), **elements))
    assert np.array_equal(picture.pixels, colours)


def test_luminance_and_chroma_become_rgb(tmp_path: Path) -> None:
    stored = np.empty((6, 8, 3), np.uint8)
    stored[:] = (76, 85, 255)  # red, as JPEG's YBR has it
    elements = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "YBR_FULL",
        "PlanarConfiguration": 0,
        "Modality": "US",
    }
    (picture,) = read_images(make_slice(tmp_path / "a.dcm", stored, (0, 0, 0), **elements))
    np.testing.assert_allclose(picture.pixels[0, 0], (255, 0, 0), atol=2)
