"""What the published networks of EchoNet-Dynamic are shown, and that their checkpoints load."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from models.predictors.echo_networks import (
    ECHONET_MEAN,
    ECHONET_STD,
    EchoNetEfReader,
    FrameReader,
    at_rate,
    echonet_clip,
    echonet_normalise,
)
from models.registry import build_network, find_card
from models.results import Measurement
from models.store.importing import import_checkpoint


def film(num_frames: int) -> np.ndarray:
    """Frame k is grey of strength k."""
    return np.repeat(np.arange(num_frames, dtype=np.uint8), 112 * 112).reshape(num_frames, 112, 112)


def grey_in(clip: np.ndarray) -> list[int]:
    """Return the strength of each frame in the middle of its picture."""
    return [round(value) for value in clip[0, :, 60, 56] * ECHONET_STD[0] + ECHONET_MEAN[0]]


def test_clip_begins_32_frames_before_the_end_of_systole_and_takes_every_second_frame() -> None:
    clip = echonet_clip(film(200), 90)
    assert clip.shape == (3, 32, 112, 112)
    assert grey_in(clip) == list(range(58, 58 + 64, 2))


def test_clip_of_an_early_systole_begins_with_the_film() -> None:
    assert grey_in(echonet_clip(film(200), 20)) == list(range(0, 64, 2))


def test_a_short_film_is_filled_up_with_zeros_after_normalisation() -> None:
    clip = echonet_clip(film(40), 20)
    assert grey_in(clip)[:20] == list(range(0, 40, 2))
    assert not clip[:, 20:].any()


def test_corners_outside_the_fan_are_black() -> None:
    normal = echonet_normalise(np.full((1, 112, 112), 255, np.uint8))
    black = -np.array(ECHONET_MEAN, np.float32) / np.array(ECHONET_STD, np.float32)
    for row, column in ((0, 0), (0, 111), (67, 0), (44, 111)):
        assert normal[:, 0, row, column] == pytest.approx(black), (row, column)
    assert normal[0, 0, 68, 0] == pytest.approx((255 - ECHONET_MEAN[0]) / ECHONET_STD[0])


def test_film_is_brought_to_50_frames_a_second_by_time() -> None:
    seconds = np.arange(100) / 25
    frames, times = at_rate(film(100), seconds, 50.0)
    assert len(frames) == pytest.approx(199, abs=1)
    assert np.abs(frames[:, 0, 0] / 25 - times).max() <= 0.0201
    assert at_rate(film(100), np.arange(100) / 50.9, 50.0)[0].shape == (100, 112, 112)


@pytest.mark.parametrize(
    ("kind", "keys"), [("echonet_ef", "tv_echonet_ef_keys"), ("echonet_masks", "tv_echonet_seg_keys")]
)
def test_checkpoints_with_the_published_names_are_imported(
    kind: str, keys: str, parity: Path, recipe: ModuleType, models_directory: Path, tmp_path: Path
) -> None:
    shapes = json.loads((parity / f"{keys}.json").read_text())
    shapes = shapes.get("keys", shapes)
    filled = recipe.fill_state_dict({name.removeprefix("module."): shape for name, shape in shapes.items()}, 1.0, {})
    weights = {f"module.{name}": torch.as_tensor(np.asarray(value)) for name, value in filled.items()}
    path = tmp_path / "published.pt"
    torch.save({"state_dict": weights, "epoch": 44}, path)
    card = import_checkpoint(path, name=kind)
    assert (card.network, find_card(kind).weights_sha256) == (kind, card.weights_sha256)
    assert (models_directory / f"{kind}.safetensors").exists()


def test_a_network_with_another_number_of_outputs_is_not_echonets(models_directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save(build_network("r2plus1d_18", num_classes=400, width=0.125).state_dict(), path)
    with pytest.raises(ValueError, match="with one output, found 400 outputs"):
        import_checkpoint(path, name="echonet_ef")


def test_published_network_reads_every_beat() -> None:
    torch.manual_seed(0)
    network = build_network("echonet_ef", width=0.125)
    torch.nn.init.constant_(network.fc.bias, 55.6)
    frames = film(150)
    values = EchoNetEfReader(network).ef_percent(frames, frames, np.arange(150) / 50, [30, 80])
    assert len(values) == 2
    assert all(abs(value - 55.6) < 30 for value in values)
    assert Measurement("ef_percent", values[0], "%").unit == "%"


def test_a_frame_is_read_between_its_neighbours_whatever_part_of_the_recording_they_lie_in() -> None:
    torch.manual_seed(0)
    reader = FrameReader(build_network("echo_frames", num_classes=5, in_channels=3, width=0.25))
    frames = np.random.default_rng(0).integers(0, 256, (70, 112, 112), dtype=np.uint8)
    whole = reader.find(frames, 50.0)  # neighbours are two frames away
    part = reader.find(frames[20:50], 50.0)
    assert np.abs(whole.probabilities[22:48].astype(int) - part.probabilities[2:-2]).max() <= 1
    changed = frames.copy()
    changed[34] = 255 - changed[34]
    differs = (reader.find(changed, 50.0).probabilities != whole.probabilities).any((1, 2))
    assert np.nonzero(differs)[0].tolist() == [32, 34, 36]
