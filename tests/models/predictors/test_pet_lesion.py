"""The model of PET lesions: what it is given, and what it says."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.evaluation.lesions import count_lesions
from models.evaluation.overlap import count_overlap
from models.imaging.answer import ImagingAnswer
from models.imaging.finished import finish
from models.imaging.orientation import reorient
from models.pet.head_window import HeadWindow
from models.pet.lesion_mask import MaskRule
from models.predictor import ModelCard
from models.predictors.pet_lesion import PetLesions, lesion_probabilities, to_input
from models.registry import build_imaging_model, build_network
from models.samples import Image, StoredVolume, Volume
from models.simulation.pet.scene import PetScene

CARD = ModelCard("pet_lesion", "pet_lesion", ("lesion",), "", "", "", reads="volume")


class BrightAsLesion(torch.nn.Module):
    """Takes for a lesion what exceeds 1.7 times the brain's uptake, in the middle of the window."""

    def forward(self, ratios: torch.Tensor) -> torch.Tensor:
        logits = 20 * (ratios - 0.7)
        logits[:, :, :14], logits[:, :, :, :16], logits[:, :, :, 48:] = -20, -20, -20
        logits[:, :, 33:] = -20
        return logits


def _stored(volume: Volume, **changes: object) -> StoredVolume:
    names = ("grid", "source_id", "channel_names", "modality", "intensity_unit", "read_slab")
    return StoredVolume(**{**{name: getattr(volume, name) for name in names}, **changes})


def _read(sample: Image | StoredVolume) -> ImagingAnswer:
    model = PetLesions(CARD, BrightAsLesion(), MaskRule())
    return finish(model.read(sample, scratch=Path()))


@pytest.mark.parametrize("orientation", ["SPL", "IAR", "LPS"])
def test_lesions_come_back_on_the_grid_of_the_scan(orientation: str) -> None:
    scan = PetScene(4, grid="small").volume
    voxels, grid = reorient(scan.voxels[0], scan.grid, orientation)
    turned = Volume(
        voxels=np.ascontiguousarray(voxels[None]), grid=grid, source_id="t", modality="PT", intensity_unit="SUV"
    )
    straight, answer = _read(_stored(scan)), _read(_stored(turned))
    assert answer.labels is not None
    assert straight.labels is not None
    assert answer.labels.shape == grid.shape
    assert np.array_equal(answer.labels, reorient(straight.labels, scan.grid, orientation)[0])
    assert answer.names == dict.fromkeys(range(1, int(answer.labels.max()) + 1), "lesion")


@pytest.mark.parametrize("seed", [0, 8, 14])
def test_findings_tell_place_size_and_how_far_they_stand_out(seed: int) -> None:
    scene = PetScene(seed, grid="small", num_lesions=1)
    answer, lesion = _read(_stored(scene.volume)), scene.truth.lesions[0]
    assert len(answer.findings) == 1
    assert np.linalg.norm(np.subtract(answer.findings[0].centre_mm, lesion.centre_mm)) < 2
    assert answer.findings[0].diameter_mm == pytest.approx(lesion.diameter_mm, rel=0.15)
    assert 0.5 < answer.findings[0].score < 1
    assert [(one.name, one.unit) for one in answer.measurements] == [
        ("lesions", "count"),
        ("lesion_volume", "mm3"),
        ("brain_uptake", "SUV"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"modality": "CT", "intensity_unit": "HU"}, "required PT, found CT"),
        ({"intensity_unit": "Bq/ml", "remarks": ("no weight",)}, r"required values in SUV, found Bq/ml \(no weight\)"),
    ],
)
def test_what_is_no_pet_is_refused_by_name(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _read(_stored(PetScene(4, grid="small").volume, **changes))


def test_values_that_are_no_uptake_are_refused_where_the_file_tells_nothing() -> None:
    scan = PetScene(4, grid="small").volume
    dark = _stored(scan, modality="", intensity_unit="none", read_slab=lambda a, b: scan.read_slab(a, b) * 900 - 1000)
    with pytest.raises(ValueError, match=r"simulated PET 4: .*this is no PET"):
        _read(dark)


def test_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="found a picture"):
        _read(Image(np.zeros((8, 8, 1), np.uint8), "dot.png"))


def test_a_scan_and_its_mirror_image_get_the_same_answer() -> None:
    network = build_network("pet_lesion", f_maps=8, num_levels=2).eval()
    ratios = np.random.default_rng(0).random((40, 64, 64)).astype(np.float32)
    grid = PetScene(4, grid="small").grid
    found, mirrored = (lesion_probabilities(network, HeadWindow(grid, one, 1.0)) for one in (ratios, ratios[..., ::-1]))
    assert np.allclose(found, mirrored[..., ::-1], atol=1e-5)
    assert to_input(HeadWindow(grid, ratios, 1.0)).shape == (1, 40, 64, 64)


@pytest.mark.slow
def test_shipped_model_outlines_lesions_of_unseen_scans() -> None:
    model, dice = build_imaging_model("pet_lesion", device="cpu", threads=1), []
    for seed in range(60_000, 60_006):
        scene = PetScene(seed)
        answer = finish(model.read(_stored(scene.volume), scratch=Path()))
        assert answer.labels is not None
        lesions = count_lesions(scene.labels > 0, answer.labels > 0)
        assert (lesions.num_hit, lesions.num_false) == (lesions.num_true, 0)
        if lesions.num_true:
            dice.append(count_overlap(scene.labels > 0, answer.labels > 0).dice)
    assert np.mean(dice) >= 0.85
