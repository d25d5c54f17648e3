"""The parts of a training run, from scenes to a model on disk with its card."""

import csv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.networks.i3d import I3D
from models.networks.i3d_streaming import StreamingI3D
from models.predictor import EventSpec, ModelCard
from models.registry import build_network
from models.training.batches import make_batches
from models.training.config import TrainConfig
from models.training.loop import StepReport, train_classifier
from models.training.objectives import EverySlice
from models.training.phases import Show
from models.training.report import judge_scene, summarise
from models.training.sampling import ClipSampler
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores, score_scene, score_stream
from models.training.sequence_sampling import SequenceSampler
from models.training.slices import SliceLogits
from models.training.thresholds import FindEvents, choose_thresholds
from models.weights import store_model


def train_network(config: TrainConfig, scenes: Sequence[LabelledScene], log: Path, show: Show) -> nn.Module:
    """Train the network of a configuration on scenes, writing the loss of every step to `log`, a CSV file.

    Repeatable on one machine: random weights, batches and the order of additions follow from the configuration.

    Raises:
        ValueError: the network's options are wrong, a label never occurs, or training diverged.
    """
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(config.seed)
    network = _to_train(build_network(config.network, **config.network_options), config)
    optimiser = config.optimiser
    samplers = _samplers(scenes, config)
    batches = make_batches(samplers, batch_size=optimiser.batch_size, steps=optimiser.steps, seed=config.seed)
    with log.open("w", buffering=1, newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("step", "loss", "accuracy", "learning_rate"))

        def report(step: StepReport) -> None:
            table.writerow((step.step, f"{step.loss:.5f}", f"{step.score:.4f}", f"{step.learning_rate:.6f}"))
            show(step.step + 1, optimiser.steps, f"loss {step.loss:.3f}")

        objective = EverySlice(optimiser.label_smoothing) if config.stream else None
        average = train_classifier(
            network, batches, optimiser, objective=objective, num_threads=config.threads, on_step=report
        )
    return average.network if isinstance(average, SliceLogits) else average


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
        mode="stream" if config.stream else "window",
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(network, card, directory)


def _to_train(network: nn.Module, config: TrainConfig) -> nn.Module:
    """Return the network in the form that is trained and measured.

    Raises:
        ValueError: a network that cannot be streamed is to be.
    """
    if not config.stream:
        return network
    if not isinstance(network, I3D):
        raise ValueError(f"{config.name}: {config.network} has no streaming form; leave `stream` out")
    StreamingI3D(network)  # says why when it cannot
    return SliceLogits(network)


def _samplers(scenes: Sequence[LabelledScene], config: TrainConfig) -> list[ClipSampler] | list[SequenceSampler]:
    """One sampler a picture size, since a batch must be of one size."""
    by_size: dict[tuple[int, ...], list[LabelledScene]] = {}
    for scene in scenes:
        by_size.setdefault(scene.frames.shape[1:], []).append(scene)
    shares = {"none_share": config.optimiser.none_share, "border_seconds": config.optimiser.border_seconds}
    if config.stream:
        num_frames = config.stream.sequence_frames
        return [SequenceSampler(group, config.labels, num_frames=num_frames, **shares) for group in by_size.values()]
    num_frames = config.clip.num_frames
    return [ClipSampler(group, config.labels, num_frames=num_frames, **shares) for group in by_size.values()]


def _score(network: nn.Module, scenes: Sequence[LabelledScene], config: TrainConfig, show: Show) -> list[SceneScores]:
    """Score scenes side by side, one core each."""
    score = score_stream if config.stream else score_scene
    ready, scores = _to_train(network, config), []
    with ThreadPoolExecutor(config.threads, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for scored in threads.map(lambda scene: score(ready, scene, config.clip.spec), scenes):
            scores.append(scored)
            show(len(scores), len(scenes))
    return scores


def _describe_test(config: TrainConfig) -> str:
    test, tolerance = config.scenes.test, config.event_tolerance_seconds
    return (
        f"{test.count} simulated scenes of {test.duration_seconds:g} s, seeds {test.seeds[0]} to {test.seeds[-1]}, "
        "rooms and cameras outside training, through H.264 and the reader of live video; an event counts as found "
        f"when one of the same label overlaps it or misses it by at most {tolerance:g} s, one to one; intervals are "
        "95 % bootstrap over scenes"
    )
