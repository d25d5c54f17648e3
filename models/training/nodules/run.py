"""The parts of a training run for lung nodules, from examples to a model on disk with its card."""

import copy
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.networks.nodules import NoduleNet
from models.nodules.ranking import NODULE
from models.nodules.serving import NoduleOptions
from models.predictor import ModelCard
from models.training.fitting import seed_everything
from models.training.nodules.config import NodulesConfig, RealConfig
from models.training.nodules.examples import ScanExamples
from models.training.nodules.judging import Judged, judge, score_for, summarise
from models.training.nodules.lesson import learn
from models.training.phases import Show
from models.weights import store_model


def train_network(
    config: NodulesConfig,
    taught: Sequence[ScanExamples],
    validation: Sequence[ScanExamples],
    *,
    folder: Path,
    show: Show,
) -> NoduleNet:
    """Return a network trained from random weights."""
    seed_everything(config.seed)
    network = NoduleNet(**config.network_options)
    learn(network, config, taught, validation, folder=folder, show=show)
    return network.eval()


def judge_all(network: NoduleNet, scans: Sequence[ScanExamples], show: Show) -> list[Judged]:
    """Rank what was proposed in every scan."""
    judged = []
    for scan in scans:
        judged.append(judge(network, scan))
        show(len(judged), len(scans))
    return judged


def chosen_score(config: NodulesConfig, judged: Sequence[Judged]) -> float:
    """Return the score from which on findings are told."""
    return score_for(judged, config.false_alarms_per_scan)


def metrics_of(
    config: NodulesConfig,
    judged: Sequence[Judged],
    recorded: Sequence[Judged],
    *,
    real: Sequence[Judged] = (),
    least_score: float,
) -> dict[str, Any]:
    """Return the metrics on test scans as plain JSON values."""
    test = config.scans.test
    told = (
        f"{test.count} simulated scans, seeds {test.seeds[0]} to {test.seeds[-1]}, outside training; a nodule is hit "
        "within its radius; intervals are 95 %: bootstrap over scans, Clopper-Pearson for shares"
    )
    metrics: dict[str, Any] = {"measured_on": told, **summarise(judged, least_score=least_score)}
    if recorded:
        metrics["luna16"] = summarise(recorded, least_score=least_score)
    if config.real and real:
        metrics["real_ct"] = {"measured_on": _told_of(config.real), **summarise(real, least_score=least_score)}
    return metrics


def _told_of(real: RealConfig) -> str:
    return (
        f"{real.test.count} copies of the {real.measured_side} lung of each of {len(real.scans)} real scans, with "
        f"nodules set in, seeds {real.test.seeds[0]} to {real.test.seeds[-1]}; the {real.taught_side} lung was learned "
        "from; what was there before counts as no nodule; copies show the same lung again, so intervals are too narrow"
    )


def write_model(
    network: NoduleNet, config: NodulesConfig, metrics: dict[str, Any], least_score: float, directory: Path
) -> ModelCard:
    """Write weights, in 16 bits, and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network="nodules",
        network_options=config.network_options,
        labels=(NODULE,),
        reads="volume",
        serving_options=asdict(NoduleOptions(least_score=least_score)),
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(copy.deepcopy(network).half(), card, directory)
