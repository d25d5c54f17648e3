import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from models.predictor import ModelCard
from models.registry import build_network, build_predictor, find_card, model_names, network_names

PUBLIC = {"i3d_rgb", "i3d_flow", "i3d_two_stream", "cnn_lstm", "optical_flow", "mc3_18", "r2plus1d_18", "r3d_18"}


def test_cards_are_read_without_pytorch() -> None:
    script = (
        "import sys; from models.registry import model_names, find_card; [find_card(n) for n in model_names()]; "
        "sys.exit(' '.join({'torch', 'safetensors', 'openvino', 'cv2'} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_name_has_a_card(models_directory: Path) -> None:
    assert set(model_names()) >= PUBLIC
    for name in model_names():
        assert find_card(name).name == name


def test_imported_models_are_found_by_name(store: Callable[..., ModelCard]) -> None:
    card = store("ward", {"num_classes": 5, "width": 0.125}, network="i3d_rgb")
    assert "ward" in model_names()
    assert find_card("ward") == card


def test_unknown_models_are_named_with_the_known_ones(models_directory: Path) -> None:
    with pytest.raises(ValueError, match=r"no model is called 'i3d'; known are .*cnn_lstm.*optical_flow"):
        build_predictor("i3d")


def test_unknown_networks_are_named_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"no network is called 'i3d'; known are cnn_lstm, .*i3d_flow, i3d_rgb, .*resnet50"
    ):
        build_network("i3d")


def test_unknown_options_are_named_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"network i3d_rgb has no option bilinear; it has num_classes, in_channels, width"
    ):
        build_network("i3d_rgb", bilinear=True)


@pytest.mark.parametrize(
    ("name", "options", "num_channels"),
    [("i3d_rgb", {"width": 0.125}, 3), ("i3d_flow", {"width": 0.125}, 2), ("cnn_lstm", {"hidden_size": 8}, 3)],
)
def test_networks_return_one_row_of_fp32_logits_a_clip(name: str, options: dict[str, Any], num_channels: int) -> None:
    assert name in network_names()
    network = build_network(name, num_classes=6, **options).eval()
    with torch.inference_mode():
        logits = network(torch.rand(2, num_channels, 4, 32, 32))
    assert logits.shape == (2, 6)
    assert logits.dtype == torch.float32


def test_a_damaged_card_is_named(models_directory: Path) -> None:
    models_directory.mkdir()
    (models_directory / "ward.json").write_text('{"name": "ward"', encoding="utf-8")
    with pytest.raises(ValueError, match=r"ward\.json must be a model card in JSON"):
        find_card("ward")
