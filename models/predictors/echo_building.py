"""Makes a reader of echocardiograms of the models on this machine."""

import torch
from torch import nn

from models.networks.table import NETWORKS
from models.predictor import ModelCard
from models.predictors.echo_ef import EchoEf
from models.predictors.echo_networks import (
    ClipEfReader,
    EchoNetEfReader,
    EchoNetMaskReader,
    EfReader,
    FrameReader,
    MaskReader,
)
from models.runtime.options import RuntimeOptions, choose_device
from models.store.stored_models import find_stored
from models.weights import load_stored

FRAMES_MODEL = "echo_frames"
"""Tells the view, and finds the ventricle where no other model does."""
ECHONET_MASKS_MODEL = "echonet_masks"


def build_echo_ef(card: ModelCard, options: RuntimeOptions) -> EchoEf:
    """Return a reader whose ejection fraction comes from the card's model.

    The published network of EchoNet-Dynamic takes its masks from EchoNet's own network where that was imported too.

    Raises:
        ValueError: a model has no weights on this machine, or damaged ones.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    frames_card = _stored_card(FRAMES_MODEL)
    frames = FrameReader(_trained(frames_card), device)
    masks: MaskReader = frames
    ef: EfReader
    if card.network == "echonet_ef":
        ef = EchoNetEfReader(_trained(card), device)
        if find_stored(ECHONET_MASKS_MODEL):
            masks = EchoNetMaskReader(_trained(_stored_card(ECHONET_MASKS_MODEL)), device)
    else:
        ef = ClipEfReader(_trained(card), device)
    return EchoEf(card, views=frames_card.labels, frames=frames, masks=masks, ef=ef)


def _trained(card: ModelCard) -> nn.Module:
    stored = find_stored(card.name)
    if stored is None:
        raise ValueError(_missing(card.name))
    network = NETWORKS[card.network](**card.network_options)
    load_stored(network, stored)
    return network


def _stored_card(name: str) -> ModelCard:
    stored = find_stored(name)
    if stored is None:
        raise ValueError(_missing(name))
    return stored.card


def _missing(name: str) -> str:
    return (
        f"{name} has no weights on this machine; run `vigil models import CHECKPOINT --as {name}`, "
        "or train with `vigil train configs/train/echo_ef.yaml --install`"
    )
