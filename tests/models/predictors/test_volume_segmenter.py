from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.imaging.answer import ImagingAnswer, ImagingModel
from models.imaging.finished import finish
from models.imaging.intensity_unit import IntensityUnit
from models.imaging.voxel_grid import VoxelGrid
from models.registry import build_imaging_model
from models.samples import Image, StoredVolume
from tests.small_imaging_models import BRIGHT, store_brightness_model

WINDOW = [4, 8, 8]


def volume(voxels: np.ndarray, *, modality: str = "", unit: IntensityUnit = "none") -> StoredVolume:
    return StoredVolume(
        grid=VoxelGrid.of_axes(voxels.shape, (1, 1, 1)),
        source_id="made",
        modality=modality,
        intensity_unit=unit,
        read_slab=lambda start, stop: voxels[None, start:stop].astype(np.float32),
    )


def read(model: ImagingModel, sample: Image | StoredVolume) -> ImagingAnswer:
    return finish(model.read(sample, scratch=Path()))


def model(directory: Path, **serving: Any) -> ImagingModel:
    store_brightness_model(directory, serving_options={"window": WINDOW, **serving})
    return build_imaging_model("bright", device="cpu")


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 100, (6, 11, 13))


def test_voxels_get_the_class_of_their_highest_score(models_directory: Path, values: np.ndarray) -> None:
    answer = read(model(models_directory), volume(values))
    assert answer.labels is not None
    np.testing.assert_array_equal(answer.labels, values > BRIGHT)
    assert answer.names == {1: "bright"}


def test_values_are_seen_in_the_range_that_the_card_says(models_directory: Path, values: np.ndarray) -> None:
    # 0..1 is all that the network sees of them: nothing is as bright as 50.
    answer = read(model(models_directory, intensity="range", low=0, high=99), volume(values))
    assert not answer.labels.any()  # type: ignore[union-attr]


def test_values_can_be_seen_as_deviations_from_the_mean(models_directory: Path, values: np.ndarray) -> None:
    values[3, 5, 5] = 10**6  # 29 deviations from the mean, all others far below one
    answer = read(model(models_directory, intensity="standard"), volume(values))
    assert not answer.labels.any()  # type: ignore[union-attr]


def test_what_the_card_needs_is_required(models_directory: Path, values: np.ndarray) -> None:
    needing = model(models_directory, needs={"modalities": ["CT"], "unit": "HU"})
    with pytest.raises(ValueError, match="made: required CT, found MR; choose another model"):
        read(needing, volume(values, modality="MR"))


def test_a_picture_is_refused(models_directory: Path) -> None:
    picture = Image(np.zeros((4, 4, 1), np.uint8), "cell.png")
    with pytest.raises(ValueError, match=r"bright reads volumes, got a picture: cell\.png"):
        read(model(models_directory), picture)


def test_unknown_options_of_a_card_are_told(models_directory: Path) -> None:
    with pytest.raises(ValueError, match=r"card of bright must state serving_options of a segmenter.*tile"):
        model(models_directory, tile=[8, 8])
