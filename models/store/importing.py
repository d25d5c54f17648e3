"""Takes a public checkpoint in: checked, renamed, written as safetensors with a card."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from models.predictor import ModelCard
from models.registry import build_network
from models.store.cards import public_cards
from models.store.checkpoint import read_checkpoint
from models.store.labels import kinetics400_labels, numbered_labels
from models.store.stored_models import NAME_PATTERN, file_sha256, own_directory
from models.weight_names import cnn_lstm, echonet, i3d, resnet3d, two_stream
from models.weights import load_reference, rename_to_ours, store_model

_OPTIONS_OF: dict[str, Callable[[Mapping[str, Tensor]], dict[str, Any]]] = {
    "cnn_lstm": cnn_lstm.options_of,
    "echonet_ef": echonet.options_of,
    "echonet_masks": echonet.options_of,
    "i3d_flow": i3d.options_of,
    "i3d_rgb": i3d.options_of,
    "mc3_18": resnet3d.options_of,
    "r2plus1d_18": resnet3d.options_of,
    "r3d_18": resnet3d.options_of,
    "two_stream_resnet101": two_stream.options_of,
    "two_stream_resnet18": two_stream.options_of,
    "two_stream_resnet50": two_stream.options_of,
}
"""How the options of each network that can be imported are read off its weights."""


def import_checkpoint(
    path: Path,
    *,
    name: str,
    network: str | None = None,
    labels: tuple[str, ...] | None = None,
    licence: str | None = None,
    directory: Path | None = None,
) -> ModelCard:
    """Make a model of a checkpoint: `<name>.safetensors` and `<name>.json`.

    Args:
        path: The checkpoint; its number of classes and width are read off its shapes.
        name: What the model will be called.
        network: What the weights are of, when the name does not say so.
        labels: One a class; left out, those of Kinetics-400 for 400 classes, else "class 0", "class 1", ...
        licence: Of the weights, as their source states it.
        directory: Where to write; left out, `own_directory()`.

    Raises:
        ValueError: the checkpoint is refused, or does not fit; nothing was written.
    """
    network = network or name
    _check_names(name, network)
    card = _card(name, network, path)
    weights = rename_to_ours(read_checkpoint(path))
    try:
        card = replace(card, network_options=_OPTIONS_OF[network](weights))
        module = build_network(network, **card.network_options)
        load_reference(module, weights)
        _check_answer(card)
    except ValueError as error:
        raise ValueError(f"{path} cannot become {network}: {error}") from error
    card = replace(
        card,
        labels=_fitting_labels(labels, card.network_options["num_classes"]),
        licence=licence or card.licence,
    )
    return store_model(module, card, directory or own_directory())


def _check_names(name: str, network: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(f"a model's name must be letters, digits, dots, dashes and underscores, got {name!r}")
    if network not in _OPTIONS_OF:
        raise ValueError(
            f"checkpoints can be imported for the networks {', '.join(_OPTIONS_OF)}, got {network!r}; "
            "say which one with --network when the model's name is another"
        )


def _check_answer(card: ModelCard) -> None:
    num_classes = card.network_options["num_classes"]
    if card.answer == "one_label" and num_classes < 2:
        raise ValueError(
            f"a network that names one of several classes must have at least 2 outputs, this one has {num_classes}; "
            "it may have been trained to read a number, as EchoNet's was"
        )


def _card(name: str, network: str, path: Path) -> ModelCard:
    origin = f"Imported from {path.name}, SHA-256 {file_sha256(path)}." if path.is_file() else ""
    return replace(public_cards()[network], name=name, training=origin)


def _fitting_labels(labels: tuple[str, ...] | None, num_classes: int) -> tuple[str, ...]:
    if labels is None:
        kinetics = kinetics400_labels()
        return kinetics if num_classes == len(kinetics) else numbered_labels(num_classes)
    if len(labels) != num_classes:
        raise ValueError(f"the checkpoint has {num_classes} classes and needs as many labels, got {len(labels)}")
    return labels
