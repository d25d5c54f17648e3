import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.networks.i3d import I3D
from models.predictor import ModelCard
from models.store.cards import public_cards
from models.store.stored_models import find_stored
from models.weights import load_reference, load_stored, store_model


@pytest.fixture
def network(filled: Callable[[I3D], I3D]) -> I3D:
    return filled(I3D(num_classes=5, width=0.125))


@pytest.fixture
def card() -> ModelCard:
    return replace(public_cards()["i3d_rgb"], network_options={"num_classes": 5, "width": 0.125}, labels=tuple("abcde"))


def other() -> I3D:
    return I3D(num_classes=5, width=0.125)


def changed(weights: dict[str, Tensor], name: str, tensor: Tensor | None) -> dict[str, Tensor]:
    rest = {key: value for key, value in weights.items() if key != name}
    return rest if tensor is None else {**rest, name: tensor}


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: {"state_dict": {f"module.{k}": v for k, v in w.items()}}])
def test_weights_are_loaded_bare_and_wrapped(
    wrap: Callable[[dict[str, Tensor]], dict[str, Tensor]], network: I3D
) -> None:
    loaded = other()
    load_reference(loaded, wrap(network.state_dict()))
    clips = torch.rand(1, 3, 8, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.eval()(clips), network(clips), rtol=0, atol=0)


def test_the_count_of_batches_may_be_left_out(network: I3D) -> None:
    weights = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    load_reference(other(), weights)


def test_half_precision_weights_become_full_ones(network: I3D) -> None:
    loaded = other()
    load_reference(loaded, {name: tensor.half() for name, tensor in network.state_dict().items()})
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("name", "tensor", "complaint"),
    [
        ("Mixed_3b.b0.bn.bias", None, r"1 missing: Mixed_3b\.b0\.bn\.bias"),
        ("Mixed_9z.b0.bn.bias", torch.zeros(8), r"1 unexpected: Mixed_9z\.b0\.bn\.bias"),
        ("logits.conv3d.bias", torch.zeros(7), r"logits\.conv3d\.bias must be \(5,\), is \(7,\)"),
        ("Mixed_3b.b0.bn.bias", torch.full((8,), torch.nan), r"finite number.*Mixed_3b\.b0\.bn\.bias"),
        ("Mixed_3b.b0.bn.bias", torch.full((8,), torch.inf), r"finite number.*Mixed_3b\.b0\.bn\.bias"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name_and_change_nothing(
    name: str, tensor: Tensor | None, complaint: str, network: I3D
) -> None:
    target = other()
    before = {key: value.clone() for key, value in target.state_dict().items()}
    with pytest.raises(ValueError, match=complaint):
        load_reference(target, changed(network.state_dict(), name, tensor))
    assert all(torch.equal(before[key], value) for key, value in target.state_dict().items())


def test_long_lists_of_names_are_cut_short() -> None:
    with pytest.raises(ValueError, match=r"287 missing: .*, \.\.\.; 1 unexpected: layer$") as caught:
        load_reference(other(), {"layer": torch.zeros(3)})
    assert len(str(caught.value)) < 400


def test_a_stored_model_comes_back_equal(network: I3D, card: ModelCard, models_directory: Path) -> None:
    written = store_model(network, card, models_directory)
    stored = find_stored("i3d_rgb")
    assert stored
    assert stored.card == written
    loaded = other()
    load_stored(loaded, stored)
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in network.state_dict().items())
    assert sorted(path.name for path in models_directory.iterdir()) == ["i3d_rgb.json", "i3d_rgb.safetensors"]


def test_changed_weights_are_refused(network: I3D, card: ModelCard, models_directory: Path) -> None:
    store_model(network, card, models_directory)
    path = models_directory / "i3d_rgb.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    stored = find_stored("i3d_rgb")
    assert stored
    with pytest.raises(ValueError, match=r"i3d_rgb\.safetensors was changed after its card was written"):
        load_stored(other(), stored)


def test_missing_weights_are_named(network: I3D, card: ModelCard, models_directory: Path) -> None:
    store_model(network, card, models_directory)
    (models_directory / "i3d_rgb.safetensors").unlink()
    stored = find_stored("i3d_rgb")
    assert stored
    with pytest.raises(ValueError, match=r"i3d_rgb\.safetensors is missing, its card is there"):
        load_stored(other(), stored)


def test_a_failed_write_leaves_the_older_model(
    network: I3D, card: ModelCard, models_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_model(network, card, models_directory)
    before = {path.name: path.read_bytes() for path in models_directory.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ModelCard, "save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        store_model(network, replace(card, labels=tuple("vwxyz")), models_directory)
    assert {path.name: path.read_bytes() for path in models_directory.iterdir()} == before


def test_a_card_under_another_name_is_refused(network: I3D, card: ModelCard, models_directory: Path) -> None:
    store_model(network, card, models_directory)
    shutil.copy(models_directory / "i3d_rgb.json", models_directory / "ward.json")
    with pytest.raises(ValueError, match=r"ward\.json must be the card of 'ward', it is that of 'i3d_rgb'"):
        find_stored("ward")
