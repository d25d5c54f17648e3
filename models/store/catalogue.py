"""Which models there are, and the card of each: the public ones, the shipped ones, imported and self-trained ones."""

from models.predictor import ModelCard
from models.store.cards import join_streams, public_cards
from models.store.stored_models import find_stored, stored_names

_STREAMS = {
    "i3d_two_stream": ("i3d_rgb", "i3d_flow"),
    "two_stream": ("two_stream_spatial", "two_stream_temporal"),
}
"""The models that each two-stream model joins."""


def model_names() -> list[str]:
    """Return the names that `find_card` knows: public models, shipped ones, imported and self-trained ones."""
    return sorted({*public_cards(), *stored_names()})


def find_card(name: str) -> ModelCard:
    """Return the card of a model; its `weights_sha256` is empty while the model has no weights.

    Raises:
        ValueError: no model has this name; the message names the known ones.
    """
    stored = find_stored(name)
    if stored:
        return stored.card
    card = public_cards().get(name)
    if card is None:
        raise ValueError(f"no model is called {name!r}; known are {', '.join(model_names())}")
    if card.network in _STREAMS:
        rgb, flow = map(find_stored, _STREAMS[card.network])
        return join_streams(card, rgb=rgb.card, flow=flow.card) if rgb and flow else card
    return card


def is_servable(card: ModelCard) -> bool:
    """Return whether a model has what it needs to be served: weights, unless it is one that needs none."""
    return bool(card.weights_sha256) or card.network == "optical_flow"
