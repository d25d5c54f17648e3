"""The weights of a trained model as those with which the training of another begins."""

import safetensors.torch
from torch import nn

from models.networks.i3d import I3D
from models.networks.i3d_causal import causal_weights
from models.store.stored_models import StoredModel, find_stored
from models.weights import rename_to_ours


def take_weights(network: nn.Module, name: str) -> None:
    """Take over the weights of a trained model whose names and shapes fit: all but the last layer, as a rule.

    A causal I3D takes those of a centred one as `causal_weights` makes them over.

    Raises:
        ValueError: there is no such model, its weights are not those of its card, or none of them fits.
    """
    stored = trained_model(name)
    stored.check_weights()
    found = rename_to_ours(safetensors.torch.load_file(stored.weights_path))
    if isinstance(network, I3D) and network.is_causal and not stored.card.network_options.get("is_causal", False):
        found = causal_weights(found)
    own = network.state_dict()
    fitting = {key: value for key, value in found.items() if key in own and own[key].shape == value.shape}
    if not fitting:
        raise ValueError(f"start_from: none of the weights of {name} ({stored.card.network}) fit into this network")
    network.load_state_dict({**own, **fitting})


def trained_model(name: str) -> StoredModel:
    """Return the model to start from.

    Raises:
        ValueError: there is none of that name.
    """
    stored = find_stored(name)
    if stored is None:
        raise ValueError(f"start_from: no trained model is called {name!r}; see `vigil models list`")
    return stored
