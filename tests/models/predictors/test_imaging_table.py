from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.imaging.answer import ImagingAnswer, Progress, Reading
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.predictors.imaging_table import IMAGING_MODELS
from models.registry import build_imaging_model, build_network, find_card
from models.samples import Image, StoredVolume
from models.weights import store_model
from tests.small_imaging_models import imaging_card


@dataclass
class Threshold:
    """Calls every bright pixel class 1."""

    card: ModelCard
    name: str = "bright"
    accepts: type[Image] | type[StoredVolume] = Image
    needs: VolumeNeeds | None = None

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        assert isinstance(sample, Image)
        yield Progress(1, 1, "pictures")
        return ImagingAnswer({1: "bright"}, (sample.grey() > 100).astype(np.uint8))


@pytest.fixture
def card(models_directory: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    monkeypatch.setitem(IMAGING_MODELS, "unet2d", lambda card, options: Threshold(card))
    options = {"width": 0.125, "in_channels": 1}
    wanted = imaging_card("tiny", "unet2d", "picture", network_options=options)
    return store_model(build_network("unet2d", **options), wanted, models_directory)


def test_a_model_is_built_by_the_network_of_its_card(card: ModelCard) -> None:
    model = build_imaging_model("tiny", device="cpu")
    assert (model.card, model.accepts) == (card, Image)
    assert find_card("tiny").reads == "picture"


def test_a_card_that_says_it_reads_something_else_is_refused(card: ModelCard, models_directory: Path) -> None:
    card_path = models_directory / "tiny.json"
    card_path.write_text(card_path.read_text().replace('"reads": "picture"', '"reads": "volume"'), encoding="utf-8")
    with pytest.raises(ValueError, match='the card of tiny must say "reads": "picture", as unet2d does'):
        build_imaging_model("tiny", device="cpu")


def test_a_model_of_video_is_not_built() -> None:
    with pytest.raises(ValueError, match=r"fall_cnn_lstm names the network .*, which reads neither pictures nor"):
        build_imaging_model("fall_cnn_lstm", device="cpu")


def test_an_unknown_device_is_told() -> None:
    with pytest.raises(ValueError, match='device must be "auto", "cpu"'):
        build_imaging_model("fall_cnn_lstm", device="tpu")
