"""Small networks with weights that are the same everywhere, and a models directory for each test."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.predictor import ClipSpec, ModelCard
from models.registry import build_network
from models.samples import Clip
from models.store.cards import public_cards
from models.store.labels import numbered_labels
from models.weights import store_model


@pytest.fixture(autouse=True)
def _restored_torch() -> Iterator[None]:
    state, num_threads = torch.random.get_rng_state(), torch.get_num_threads()
    torch.manual_seed(0)
    yield
    torch.random.set_rng_state(state)
    torch.set_num_threads(num_threads)


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted networks are kept for the length of the tests, and apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIL_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def models_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory of imported models, used instead of the user's own."""
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def filled() -> Callable[[nn.Module], Any]:
    """Gives a network weights whose outputs neither vanish nor explode, and batch norms that do something."""
    return _fill


@pytest.fixture
def store(models_directory: Path) -> Callable[..., ModelCard]:
    """Writes a small trained model to the models directory: store(name, options, **fields of the card)."""

    def write(name: str, options: dict[str, Any], **fields: Any) -> ModelCard:
        network_name = fields.get("network", name)
        network = _fill(build_network(network_name, **options))
        card = replace(
            public_cards()[network_name],
            **{
                "name": name,
                "network_options": options,
                "labels": numbered_labels(network.num_classes),
                **fields,
            },
        )
        return store_model(network, card, models_directory)

    return write


@pytest.fixture
def moving_clip() -> Callable[..., Clip]:
    """Makes a clip of a textured picture that moves to the right by one pixel a frame."""
    return _moving_clip


@pytest.fixture(scope="session")
def recipe(parity: Path) -> ModuleType:
    """The recipe that fills a network, and makes inputs, in the same way as the parity fixtures were made."""
    spec = importlib.util.spec_from_file_location("fill_recipe", parity / "fill_recipe.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fill(network: nn.Module) -> Any:
    generator = torch.Generator().manual_seed(7)

    def uniform(like: Tensor, low: float, high: float) -> Tensor:
        return torch.rand(like.shape, generator=generator) * (high - low) + low

    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.Conv3d | nn.Linear):
                bound = (6 / layer.weight[0].numel()) ** 0.5
                layer.weight.copy_(uniform(layer.weight, -bound, bound))
            elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                layer.weight.copy_(uniform(layer.weight, 0.8, 1.2))
                layer.bias.copy_(uniform(layer.bias, -0.1, 0.1))
                layer.running_mean.copy_(uniform(layer.running_mean, -0.1, 0.1))
                layer.running_var.copy_(uniform(layer.running_var, 0.8, 1.2))
    return network.eval()


def _moving_clip(
    spec: ClipSpec,
    *,
    first_frame: int = 0,
    height: int | None = None,
    width: int | None = None,
    source_id: str = "bed1",
) -> Clip:
    height, width = height or spec.short_side, width or round(spec.short_side * 4 / 3)
    spots = np.random.default_rng(3).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    picture = cv2.resize(spots, (width, height), interpolation=cv2.INTER_CUBIC)
    indices = range(first_frame, first_frame + spec.num_frames)
    return Clip(
        frames=np.stack([np.roll(picture, index, axis=1) for index in indices]),
        pts_seconds=np.array(indices) / spec.frame_rate_hz,
        source_id=source_id,
        frame_ids=tuple(indices),
    )
