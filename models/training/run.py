"""The parts of a training run, from scenes to a model on disk with its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.predictor import EventSpec, ModelCard
from models.registry import build_network
from models.training.batches import make_batches
from models.training.config import TrainConfig
from models.training.loop import train_classifier
from models.training.phases import Show
from models.training.report import judge_scene, summarise
from models.training.scene_forms import form_of
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores
from models.training.side_by_side import side_by_side
from models.training.starting import take_weights, trained_model
from models.training.steps import logged_steps
from models.training.thresholds import FindEvents, Haste, choose_thresholds
from models.weights import store_model


def train_network(config: TrainConfig, scenes: Sequence[LabelledScene], log: Path, show: Show) -> nn.Module:
    """Train the network of a configuration on scenes, writing the loss of every step to `log`, a CSV file.

    Repeatable on one machine: random weights, batches and the order of additions follow from the configuration.

    Raises:
        ValueError: the network's options are wrong, a label never occurs, or training diverged.
    """
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(config.seed)
    network, form = _begin_network(config), form_of(config)
    asked = form.asked(network)
    optimiser = config.optimiser
    samplers = [form.sampler(group) for group in _by_size(scenes)]
    batches = make_batches(samplers, batch_size=optimiser.batch_size, steps=optimiser.steps, seed=config.seed)
    with logged_steps(log, optimiser, show) as on_step:
        average = train_classifier(
            asked, batches, optimiser, objective=form.objective, num_threads=config.threads, on_step=on_step
        )
    asked.load_state_dict(average.state_dict())
    return network.eval()


def choose_event_spec(
    network: nn.Module, config: TrainConfig, scenes: Sequence[LabelledScene], find_events: FindEvents, show: Show
) -> EventSpec:
    """Return the thresholds that find the events of validation scenes best."""
    return choose_thresholds(
        _score(network, scenes, config, show),
        scenes,
        find_events,
        labels=config.labels[1:],
        tolerance_seconds=config.event_tolerance_seconds,
        haste=Haste(config.f1_for_sooner_alerts, config.clip.stride_seconds) if config.f1_for_sooner_alerts else None,
    ).spec


def measure(
    network: nn.Module,
    config: TrainConfig,
    event_spec: EventSpec,
    scenes: Sequence[LabelledScene],
    find_events: FindEvents,
    show: Show,
) -> dict[str, Any]:
    """Return the metrics on test scenes as plain JSON values."""
    outcomes = [
        judge_scene(
            scene,
            scored,
            find_events(scored, event_spec),
            labels=config.labels,
            tolerance_seconds=config.event_tolerance_seconds,
            border_seconds=config.optimiser.border_seconds,
        )
        for scene, scored in zip(scenes, _score(network, scenes, config, show), strict=True)
    ]
    return {"measured_on": _describe_test(config), **summarise(outcomes, config.labels)}


def write_model(
    network: nn.Module, config: TrainConfig, event_spec: EventSpec, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write weights and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network=config.network,
        network_options=config.network_options,
        labels=config.labels,
        clip_spec=config.clip.spec,
        event_spec=event_spec,
        mode=form_of(config).mode,
        metrics=metrics,
        **{**config.card.model_dump(), "training": _describe_training(config)},
    )
    return store_model(network, card, directory)


def _begin_network(config: TrainConfig) -> nn.Module:
    """Return the network with its first weights: random ones of the run's seed, or those of a trained model."""
    network: nn.Module = build_network(config.network, **config.network_options)
    if config.start_from:
        take_weights(network, config.start_from)
    return network


def _by_size(scenes: Sequence[LabelledScene]) -> list[list[LabelledScene]]:
    """Group scenes by picture size, since a batch must be of one."""
    groups: dict[tuple[int, ...], list[LabelledScene]] = {}
    for scene in scenes:
        groups.setdefault(scene.frames.shape[1:], []).append(scene)
    return list(groups.values())


def _score(network: nn.Module, scenes: Sequence[LabelledScene], config: TrainConfig, show: Show) -> list[SceneScores]:
    form = form_of(config)
    return side_by_side(lambda scene: form.score(network, scene), scenes, show, num_threads=config.threads)


def _describe_training(config: TrainConfig) -> str:
    if not config.start_from:
        return config.card.training
    sha256 = trained_model(config.start_from).card.weights_sha256
    return f"{config.card.training}. Began with the weights of {config.start_from}, SHA-256 {sha256}"


def _describe_test(config: TrainConfig) -> str:
    test, tolerance = config.scenes.test, config.event_tolerance_seconds
    return (
        f"{test.count} simulated scenes of {test.duration_seconds:g} s, seeds {test.seeds[0]} to {test.seeds[-1]}, "
        "rooms and cameras outside training, through H.264 and the reader of live video; an event counts as found "
        f"when one of the same label overlaps it or misses it by at most {tolerance:g} s, one to one; intervals are "
        "95 % bootstrap over scenes"
    )
