"""Small trained models of pictures and volumes, for tests of what serves them."""

from pathlib import Path

import torch

from models.predictor import ModelCard
from models.registry import build_network
from models.weights import store_model

BRIGHT = 50.0
"""Values from here on are what `store_brightness_model` labels."""


def imaging_card(name: str, network: str, reads: str, **fields: object) -> ModelCard:
    """Return a card of a small model with one class besides the background."""
    return ModelCard(
        **{  # type: ignore[arg-type]
            "name": name,
            "network": network,
            "labels": ("background", "bright"),
            "preprocessing": "values as they are",
            "licence": "Apache-2.0",
            "intended_use": "Tests.",
            "reads": reads,
            **fields,
        }
    )


def store_brightness_model(directory: Path, name: str = "bright", **fields: object) -> ModelCard:
    """Store a unet3d that labels the voxels above `BRIGHT`: its last layer looks at the first one's picture.

    A network of one level is two convolutions and a last one; their weights are set by hand.
    """
    network = build_network("unet3d", num_classes=2, layer_order="cr", f_maps=8, num_levels=1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        weights = dict(network.named_parameters())
        weights["encoders.0.basic_module.SingleConv1.conv.weight"][0, 0, 1, 1, 1] = 1
        weights["encoders.0.basic_module.SingleConv2.conv.weight"][0, 0, 1, 1, 1] = 1
        weights["final_conv.weight"][1, 0] = 1
        weights["final_conv.bias"][1] = -BRIGHT
    options = {"num_classes": 2, "layer_order": "cr", "f_maps": 8, "num_levels": 1}
    card = imaging_card(name, "unet3d", "volume", network_options=options, **fields)
    return store_model(network, card, directory)
