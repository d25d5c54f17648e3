"""The network of a card with the weights that belong to it."""

from typing import Any

from models.networks.table import build_network
from models.predictor import ModelCard
from models.store.stored_models import find_stored
from models.weights import load_stored


def trained_network(card: ModelCard) -> Any:
    """Return the network of a card with its weights.

    Raises:
        ValueError: there are no weights: a network with random ones is never served.
    """
    network = stored_network(card)
    if network.num_classes != len(card.labels):
        raise ValueError(
            f"the card of {card.name} must have a label for each of {network.num_classes} classes, "
            f"it has {len(card.labels)}; import or train the model again"
        )
    return network


def stored_network(card: ModelCard) -> Any:
    """Return the network of a card with its weights, whatever its outputs stand for.

    Raises:
        ValueError: there are no weights, or they do not fit.
    """
    stored = find_stored(card.name)
    if stored is None:
        raise ValueError(
            f"{card.name} has no weights on this machine; get a checkpoint and run "
            f"`vigil models import CHECKPOINT --as {card.name}`"
        )
    network = build_network(card.network, **card.network_options)
    load_stored(network, stored)
    return network
