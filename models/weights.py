"""Loads weights into a network: every name and shape must fit, and every number must be one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from models.predictor import ModelCard
from models.store.checkpoint import SHOWN_NAMES, unwrap
from models.store.stored_models import StoredModel, file_sha256
from models.weight_names import i3d, inception_v1, rcnn, two_stream

_COUNTER = "num_batches_tracked"
"""Batch norm counts its batches; nothing depends on it, and many checkpoints leave it out."""


@dataclass(frozen=True)
class NamingScheme:
    """How one public implementation names the weights of a network."""

    is_used_by: Callable[[Mapping[str, Tensor]], bool]
    to_ours: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


NAMING_SCHEMES = (
    NamingScheme(i3d.is_hassony2, i3d.from_hassony2),
    NamingScheme(i3d.is_tensorflow, i3d.from_tensorflow),
    NamingScheme(inception_v1.is_slim, inception_v1.from_slim),
    NamingScheme(two_stream.is_jeffreyyihuang, two_stream.from_jeffreyyihuang),
    NamingScheme(rcnn.is_old_torchvision, rcnn.from_old_torchvision),
)
"""Tried in order; names that none of them knows are taken as ours: for I3D those of piergiaj, for the ResNets of
every kind and for DeepLabV3 those of torchvision."""


def load_reference(network: nn.Module, state_dict: Mapping[str, Any]) -> None:
    """Load the weights of a public implementation, by its own names, into one of our networks.

    Args:
        network: From `build_network`; it is changed only when everything fits.
        state_dict: As the checkpoint holds it: bare or under "state_dict", with or without "module." before the names.

    Raises:
        ValueError: a name is missing or unexpected, a shape differs, or a number is not finite.
    """
    weights = rename_to_ours(unwrap(state_dict))
    expected = network.state_dict()
    _check_names_and_shapes(type(network).__name__, expected, weights)
    _check_finite(weights)
    network.load_state_dict({name: weights.get(name, tensor) for name, tensor in expected.items()})


def load_stored(network: nn.Module, stored: StoredModel) -> None:
    """Load the weights that belong to a card, after comparing them with it.

    Raises:
        ValueError: the file is not the one that the card speaks of, or does not fit the network.
    """
    stored.check_weights()
    try:
        load_reference(network, safetensors.torch.load_file(stored.weights_path))
    except ValueError as error:
        raise ValueError(f"{stored.weights_path}: {error}") from error


def store_model(network: nn.Module, card: ModelCard, directory: Path) -> ModelCard:
    """Write a network's weights and its card, each whole or not at all; an older model of that name is replaced.

    Returns:
        The card, with the SHA-256 of the weights.

    Raises:
        OSError: the directory cannot be written to.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with TemporaryDirectory(dir=directory, prefix=f".{card.name}-") as temporary:
        weights_path, card_path = Path(temporary, "weights"), Path(temporary, "card")
        safetensors.torch.save_file(tensors, weights_path)
        card = replace(card, weights_sha256=file_sha256(weights_path))
        card.save(card_path)
        weights_path.replace(directory / f"{card.name}.safetensors")
        card_path.replace(directory / f"{card.name}.json")
    return card


def rename_to_ours(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights under the names that our networks use."""
    for scheme in NAMING_SCHEMES:
        if scheme.is_used_by(weights):
            return scheme.to_ours(weights)
    return dict(weights)


def _check_names_and_shapes(network: str, expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    missing = [name for name in expected if name not in found and not name.endswith(_COUNTER)]
    unexpected = [name for name in found if name not in expected and not name.endswith(_COUNTER)]
    misshapen = [
        f"{name} must be {tuple(expected[name].shape)}, is {tuple(found[name].shape)}"
        for name in expected
        if name in found and found[name].shape != expected[name].shape
    ]
    complaints = [
        f"{len(names)} {kind}: {', '.join(names[:SHOWN_NAMES])}{', ...' if len(names) > SHOWN_NAMES else ''}"
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen))
        if names
    ]
    if complaints:
        raise ValueError(f"the weights are not those of this {network}; {'; '.join(complaints)}")


def _check_finite(weights: Mapping[str, Tensor]) -> None:
    broken = [name for name, tensor in weights.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise ValueError(
            f"every weight must be a finite number; NaN or infinity in "
            f"{len(broken)} {'tensor' if len(broken) == 1 else 'tensors'}: "
            f"{', '.join(broken[:SHOWN_NAMES])}"
        )
