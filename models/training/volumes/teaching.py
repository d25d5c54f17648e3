"""Teaches a network to label voxels: patches, validation, the shared loop, and weights as they will be stored."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

from torch import nn

from models.training.batches import Batch, as_it_is
from models.training.fitting import Stage, fit, validate_on
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.video_config import FitConfig

STAGE = "loss"
"""Names the curves and the checkpoint."""


def teach(
    network: nn.Module,
    objective: Objective,
    make_batch: Callable[[int], Batch],
    validation: Sequence[Batch],
    config: FitConfig,
    *,
    num_threads: int,
    fingerprint: str,
    folder: Path,
    show: Show,
) -> None:
    """Train a network; killed, the same call goes on. Curves and checkpoint lie in the folder.

    Args:
        network: is trained in place, and ends with the weights that did best on validation.
        objective: what it is trained towards.
        make_batch: makes the batch of a step, from the step alone.
        validation: what it is held against now and then.
        config: how the weights are found.
        num_threads: each takes a share of every batch.
        fingerprint: changes with whatever would make another result.
        folder: for curves and checkpoint.
        show: is told how far it is.

    Raises:
        ValueError: training diverged, or the folder holds the state of another run.
        OSError: the disk is full.
    """
    stage = Stage(
        name=STAGE,
        network=network,
        objective=objective,
        config=config,
        make_batch=make_batch,
        read=as_it_is,
        validate=lambda trained: validate_on(trained, objective, validation),
        num_threads=num_threads,
        fingerprint=fingerprint,
    )
    fit(stage, folder, show)


def as_stored(network: nn.Module) -> nn.Module:
    """Return the network with its weights rounded to half precision: what is measured is what is stored."""
    return copy.deepcopy(network).half().float().eval()
