"""A small I3D for tests of streams: what it says depends on what it sees, in every one of its layers."""

from typing import Any

import torch

from models.networks.i3d import I3D


def small_i3d(num_classes: int, *, seed: int, logit_gain: float = 1.0, **form: Any) -> I3D:
    """Return the same network in every process.

    Args:
        num_classes: Number of logits.
        seed: Of its weights.
        logit_gain: 0.001 gives scores that are neither all alike nor all 0 and 1.
        **form: Such as `is_causal`.
    """
    torch.manual_seed(seed)
    network = I3D(num_classes, width=0.05, **form).eval()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm3d):  # so that zeros do not stay zeros, and nothing fades away
            layer.bias.data.normal_(0, 0.3)
            layer.running_var = torch.full_like(layer.bias, 0.05)
    with torch.no_grad():
        network.logits.conv3d.weight *= logit_gain
    return network
