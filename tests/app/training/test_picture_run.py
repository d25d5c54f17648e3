"""`vigil train` on pictures: whole runs at the smallest scale, a kill in the middle, and what is wrong with data."""

from pathlib import Path

import numpy as np
import pytest

from models.imaging.finished import finish
from models.imaging.run_lengths import decode_mask
from models.predictor import ModelCard
from models.registry import build_imaging_model
from models.samples import Image
from stream.imaging.opening import open_volume, read_images
from tests.app.training.made_pictures import SMALL_UNET, write_ball_volumes, write_config, write_label_maps
from tests.app.training.made_runs import train


def test_a_detector_with_masks_is_trained_measured_stored_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    write_label_maps(tmp_path / "data", 6)
    code, output = train(write_config(tmp_path), "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "out" / "discs.json")
    assert (card.reads, card.labels, card.network_options["num_classes"]) == ("picture", ("disc",), 2)
    assert {"dsb_score", "boxes_ap50", "masks_ap", "num_objects"} <= card.metrics.keys()
    assert {"value", "low", "high"} == card.metrics["dsb_score"].keys()
    for name in ("discs.safetensors", "loss.csv", "loss_validation.csv", "loss.png"):
        assert (tmp_path / "out" / name).stat().st_size, name

    model = build_imaging_model("discs", device="cpu")
    image = next(iter(read_images(tmp_path / "data" / "p0_img.png")))
    answer = finish(model.read(image, scratch=tmp_path))
    assert answer.objects is not None
    assert len(answer.objects.masks) == len(answer.objects.boxes) == len(answer.names)
    for number, mask in enumerate(answer.objects.masks, start=1):
        assert answer.labels is not None
        assert not (answer.labels == number)[~decode_mask(mask)].any()


def test_a_detector_of_volumes_is_trained_by_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    pairs = write_ball_volumes(tmp_path, 3)
    options = {"width": 0.125, "anchor_sizes": [8, 16, 24, 32, 48], "num_proposals": 20}
    run = {"network": "maskrcnn3d_resnet18_fpn", "network_options": options, "crop": [16, 32, 32], "threads": 1}
    data = {"layout": "pairs", "pairs": pairs, "validation_share": 0.34, "test_share": 0.34}
    code, output = train(write_config(tmp_path, **run, data=data), "out", "--install")
    assert code == 0, output
    metrics = ModelCard.load(tmp_path / "out" / "discs.json").metrics
    assert {"dsb_score", "boxes_ap50", "masks_ap", "masks_ap75"} <= metrics.keys()
    assert all(0 <= metrics[name]["value"] <= 1 for name in ("boxes_ap50", "masks_ap"))
    volume = open_volume(pairs[0]["picture"], spacing_mm=(2, 1, 1))
    answer = finish(build_imaging_model("discs").read(volume, scratch=tmp_path))
    assert len(answer.findings) == len(answer.names)
    assert all(one.diameter_mm > 0 for one in answer.findings)


@pytest.mark.parametrize("network", ["unet2d", "unet2d_original"])
def test_a_network_for_pixels_is_trained_measured_stored_and_served(
    tmp_path: Path, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    write_label_maps(tmp_path / "data", 5)
    run = {**SMALL_UNET, "network": network, "numbers": "objects", "weighting": "borders", "threads": 1}
    code, output = train(write_config(tmp_path, **run), "out", "--install")
    assert code == 0, output
    metrics = ModelCard.load(tmp_path / "out" / "discs.json").metrics
    assert 0 <= metrics["disc_dice"]["low"] <= metrics["disc_dice"]["high"] <= 1
    answer = finish(build_imaging_model("discs").read(Image(np.zeros((90, 70, 3), np.uint8), "dark"), scratch=tmp_path))
    assert answer.labels is not None
    assert answer.labels.shape == (90, 70)
    assert set(np.unique(answer.labels)) <= {0, 1}
