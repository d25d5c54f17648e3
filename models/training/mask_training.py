"""Trains a segmentation network on traced frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from models.registry import build_network
from models.training.checkpoints import fingerprint
from models.training.fitting import Stage, fit, seed_everything
from models.training.objectives import Masks
from models.training.phases import Show
from models.training.traced_frames import FrameBatches, TracedFrame, to_frame_input, validate_masks
from models.training.video_config import SegmentationConfig


def train_masks(
    config: SegmentationConfig,
    train: Sequence[TracedFrame],
    validation: Sequence[TracedFrame],
    folder: Path,
    show: Show,
) -> nn.Module:
    """Return the network that did best on the frames for validation.

    Raises:
        ValueError: the network's options are wrong, or as `fit`.
        OSError: as `fit`.
    """
    seed_everything(config.seed)
    network: nn.Module = build_network(config.network, **mask_options(config)).to(config.device)
    batches = FrameBatches(train, config.fit.batch_size, config.seed, config.augment)
    descriptions = [f"{frame.name} {frame.mask.sum()}" for frame in (*train, *validation)]
    stage = Stage(
        "loss",
        network,
        Masks(),
        config.fit,
        batches.make,
        to_frame_input,
        lambda trained: validate_masks(trained, validation),
        config.threads,
        fingerprint("loss", config, descriptions),
    )
    fit(stage, folder, show)
    return network


def mask_options(config: SegmentationConfig) -> dict[str, Any]:
    """Return the options of the network, which has one logit a pixel."""
    return {**config.network_options, "num_classes": 1}
