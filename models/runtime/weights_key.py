"""Knows a network by its weights, whatever it is called and wherever it came from."""

import hashlib

from torch import nn


def weights_key(network: nn.Module) -> str:
    """Return a hash of a network's weights and their names, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
