"""What it means to start from a trained model."""

from pathlib import Path
from typing import Any

import pytest
import torch

from models.networks.i3d import I3D
from models.networks.i3d_causal import causal_weights
from models.predictor import EventSpec, ModelCard
from models.training.config import TrainConfig
from models.training.run import write_model
from models.training.starting import take_weights
from models.weights import store_model

LABELS = ("none", "into_bed")


def i3d(num_classes: int = 2, *, is_causal: bool = False, seed: int = 0) -> I3D:
    torch.manual_seed(seed)
    return I3D(num_classes, width=0.05, dropout=0.0, is_causal=is_causal)


def store(network: I3D, folder: Path, **fields: Any) -> ModelCard:
    texts: dict[str, Any] = dict.fromkeys(("preprocessing", "licence", "intended_use"), "test")
    return store_model(network, ModelCard("parent", "i3d_rgb", LABELS, **texts, **fields), folder)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path))
    return tmp_path


def equal(network: I3D, weights: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(tensor, weights[name]) for name, tensor in network.state_dict().items())


def test_all_weights_that_fit_are_taken(folder: Path) -> None:
    parent, other = i3d(), i3d(seed=1)
    store(parent, folder)
    take_weights(other, "parent")
    assert equal(other, parent.state_dict())


def test_a_last_layer_of_other_classes_keeps_its_own_weights(folder: Path) -> None:
    parent, other = i3d(), i3d(5, seed=1)
    store(parent, folder)
    own = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    take_weights(other, "parent")
    of_logits = {name: own[name] for name in own if name.startswith("logits")}
    assert len(of_logits) == 2
    assert equal(other, parent.state_dict() | of_logits)


def test_a_causal_network_takes_centred_weights_made_over_and_causal_ones_as_they_are(folder: Path) -> None:
    parent, child = i3d(), i3d(is_causal=True, seed=1)
    store(parent, folder)
    take_weights(child, "parent")
    assert equal(child, causal_weights(parent.state_dict()))
    store(child, folder, network_options={"is_causal": True})
    grandchild = i3d(is_causal=True, seed=2)
    take_weights(grandchild, "parent")
    assert equal(grandchild, child.state_dict())


def test_a_model_that_is_not_there_or_fits_nowhere_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="start_from: no trained model is called 'parent'"):
        take_weights(i3d(), "parent")
    store(i3d(), folder)
    with pytest.raises(ValueError, match=r"start_from: none of the weights of parent \(i3d_rgb\) fit"):
        take_weights(torch.nn.Linear(2, 3), "parent")


def test_the_card_names_the_model_it_began_with_by_its_weights(folder: Path) -> None:
    parent = store(i3d(), folder)
    part = {"count": 1, "duration_seconds": 40}
    values: dict[str, Any] = {
        "name": "child",
        "network": "i3d_rgb",
        "labels": LABELS,
        "clip": {"num_frames": 8, "frame_rate_hz": 4, "stride_seconds": 1.0, "short_side": 32},
        "scenes": {"sizes": [[80, 60]]}
        | {name: {"first": first} | part for first, name in enumerate(("train", "validation", "test"))},
        "optimiser": {"steps": 1, "batch_size": 2, "learning_rate": 0.01},
        "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
    }
    spec = EventSpec(LABELS[1:], 0.5, 0.4)
    for start, expected in (
        (None, "test"),
        ("parent", f"test. Began with the weights of parent, SHA-256 {parent.weights_sha256}"),
    ):
        config = TrainConfig.model_validate(values | {"start_from": start})
        assert write_model(i3d(), config, spec, {}, folder).training == expected
