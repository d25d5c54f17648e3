"""A training run for PET lesions: scans are simulated, learned from and measured, and a model is written."""

import copy
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from models.networks.table import build_network
from models.pet.lesion_mask import MaskRule
from models.predictor import ModelCard
from models.predictors.pet_lesion import LESION
from models.simulation.pet.lesions import CONTRASTS
from models.training.checkpoints import fingerprint
from models.training.fitting import seed_everything
from models.training.pet.config import PetLesionConfig
from models.training.pet.judging import OTHERS, Judged, choose_rule, judge, probabilities_of, summarise
from models.training.pet.scans import Scan, simulate_scan, taught_scan
from models.training.phases import Phases, Show
from models.training.seeds import SeedRow
from models.training.side_by_side import side_by_side
from models.training.volumes.objective import LabelledVoxels
from models.training.volumes.patches import PatchBatches, TaughtVolume, whole_volume
from models.training.volumes.teaching import as_stored, teach
from models.weights import store_model

NETWORK = "pet_lesion"


def run_pet_lesion(config: PetLesionConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Raises:
        ValueError: the network's options are wrong, or training diverged.
        OSError: the disk is full.
    """
    contrasts = config.scans.contrasts
    with phases("scans") as show:
        taught = side_by_side(
            lambda seed: taught_scan(simulate_scan(seed, contrasts)),
            config.scans.train.seeds,
            show,
            num_threads=config.threads,
        )
    with phases("validation scans") as show:
        validation = _simulated(config.scans.validation, contrasts, config.threads, show)
    with phases("training") as show:
        network = train_network(config, taught, [taught_scan(scan) for scan in validation], out, show)
    with phases("rule") as show:
        found = probabilities_of(network, validation, show, num_threads=config.threads)
        rule = choose_rule(validation, found, show, num_threads=config.threads)
    with phases("test scans") as show:
        test = _simulated(config.scans.test, CONTRASTS, config.threads, show)
    with phases("metrics") as show:
        found = probabilities_of(network, test, show, num_threads=config.threads)
        judged = {name: _judged(test, found, one) for name, one in OTHERS.items()}
        metrics = summarise(_judged(test, found, rule), judged)
    return _write(network, config, rule, metrics, out)


def train_network(
    config: PetLesionConfig,
    taught: Sequence[TaughtVolume],
    validation: Sequence[TaughtVolume],
    folder: Path,
    show: Show,
) -> nn.Module:
    """Return the network that did best on the scans for validation; its weights are rounded as they are stored."""
    seed_everything(config.seed)
    network = build_network(NETWORK, **config.network_options)
    objective = LabelledVoxels(config.dice_share)
    size, batch_size = taught[0].size, config.fit.batch_size
    batches = PatchBatches(taught, size, batch_size, config.seed, bend=config.bend, shades=config.shades)
    descriptions = [f"{one.name} {one.targets.sum():.1f}" for one in (*taught, *validation)]
    teach(
        network,
        objective,
        batches.make,
        [whole_volume(one) for one in validation],
        config.fit,
        num_threads=config.threads,
        fingerprint=fingerprint("loss", config, descriptions),
        folder=folder,
        show=show,
    )
    return as_stored(network)


def _judged(scans: Sequence[Scan], probabilities: Sequence[np.ndarray], rule: MaskRule) -> list[Judged]:
    return [judge(scan, found, rule) for scan, found in zip(scans, probabilities, strict=True)]


def _simulated(part: SeedRow, contrasts: tuple[float, float], num_threads: int, show: Show) -> list[Scan]:
    return side_by_side(lambda seed: simulate_scan(seed, contrasts), part.seeds, show, num_threads=num_threads)


def _write(
    network: nn.Module, config: PetLesionConfig, rule: MaskRule, metrics: dict[str, Any], out: Path
) -> ModelCard:
    scans = config.scans.test.seeds
    about = f"{len(scans)} simulated scans, seeds {scans[0]} to {scans[-1]}, outside training; on their own grids"
    card = ModelCard(
        name=config.name,
        network=NETWORK,
        network_options=config.network_options,
        serving_options=asdict(rule),
        reads="volume",
        labels=(LESION,),
        metrics={"measured_on": about, **metrics},
        **config.card.model_dump(),
    )
    return store_model(copy.deepcopy(network).half(), card, out)
