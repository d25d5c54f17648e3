"""A whole training run: scenes, training, thresholds, metrics, weights and card."""

import csv
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from app.event_finding import find_events
from app.training_scenes import load_scenes, render_scenes
from models.predictor import EventSpec, ModelCard
from models.registry import build_network
from models.training.batches import make_batches
from models.training.config import TrainConfig
from models.training.loop import StepReport, train_classifier
from models.training.report import judge_scene, summarise
from models.training.sampling import ClipSampler
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores, score_scene
from models.training.thresholds import choose_thresholds
from models.weights import store_model


class Phase(Protocol):
    """Shows how far one part of the run is."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Phases = Callable[[str], AbstractContextManager[Phase]]
"""Opens a phase of the run by its name."""


def run_training(config: TrainConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), `loss.csv`, and
    `scenes/`, the rendered videos, which another run of the same configuration uses again.
    Repeatable on one machine with one number of threads.

    Raises:
        StreamError: a scene could not be rendered or read.
        ValueError: the network's options are wrong, or training diverged.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(config.seed)
    network = build_network(config.network, **config.network_options)
    folder = out / "scenes"
    with phases("scenes") as show:
        render_scenes(
            config.scenes,
            folder,
            frame_rate_hz=config.clip.frame_rate_hz,
            num_processes=config.threads,
            on_progress=lambda done, total: show(done, total),
        )
    average = _train(network, config, folder, out / "loss.csv", phases)
    event_spec = _choose_event_spec(average, config, folder, phases)
    metrics = _measure(average, config, event_spec, folder, phases)
    return _write(average, config, event_spec, metrics, out)


def _train(network: nn.Module, config: TrainConfig, folder: Path, log: Path, phases: Phases) -> nn.Module:
    optimiser = config.optimiser
    scenes = load_scenes(config.scenes.train, folder, config.clip.spec, num_threads=config.threads)
    batches = make_batches(
        _samplers(scenes, config), batch_size=optimiser.batch_size, steps=optimiser.steps, seed=config.seed
    )
    with phases("training") as show, log.open("w", buffering=1, newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("step", "loss", "accuracy", "learning_rate"))

        def report(step: StepReport) -> None:
            table.writerow((step.step, f"{step.loss:.5f}", f"{step.accuracy:.4f}", f"{step.learning_rate:.6f}"))
            show(step.step + 1, optimiser.steps, f"loss {step.loss:.3f}")

        return train_classifier(network, batches, optimiser, num_threads=config.threads, on_step=report)


def _samplers(scenes: Sequence[LabelledScene], config: TrainConfig) -> list[ClipSampler]:
    """One sampler a picture size, since a batch must be of one size."""
    by_size: dict[tuple[int, ...], list[LabelledScene]] = {}
    for scene in scenes:
        by_size.setdefault(scene.frames.shape[1:], []).append(scene)
    return [
        ClipSampler(
            group,
            config.labels,
            num_frames=config.clip.num_frames,
            none_share=config.optimiser.none_share,
            border_seconds=config.optimiser.border_seconds,
        )
        for group in by_size.values()
    ]


def _choose_event_spec(network: nn.Module, config: TrainConfig, folder: Path, phases: Phases) -> EventSpec:
    scenes = load_scenes(config.scenes.validation, folder, config.clip.spec, num_threads=config.threads)
    with phases("thresholds") as show:
        scores = _score(network, scenes, config, show)
        choice = choose_thresholds(
            scores,
            scenes,
            lambda scored, spec: find_events(scored, spec, config.labels),
            labels=config.labels[1:],
            tolerance_seconds=config.event_tolerance_seconds,
        )
    return choice.spec


def _measure(
    network: nn.Module, config: TrainConfig, event_spec: EventSpec, folder: Path, phases: Phases
) -> dict[str, Any]:
    scenes = load_scenes(config.scenes.test, folder, config.clip.spec, num_threads=config.threads)
    with phases("metrics") as show:
        outcomes = [
            judge_scene(
                scene,
                scored,
                find_events(scored, event_spec, config.labels),
                labels=config.labels,
                tolerance_seconds=config.event_tolerance_seconds,
                border_seconds=config.optimiser.border_seconds,
            )
            for scene, scored in zip(scenes, _score(network, scenes, config, show), strict=True)
        ]
    return summarise(outcomes, config.labels)


def _score(network: nn.Module, scenes: Sequence[LabelledScene], config: TrainConfig, show: Phase) -> list[SceneScores]:
    """Score scenes side by side, one core each."""
    scores = []
    with ThreadPoolExecutor(config.threads, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for scored in threads.map(lambda scene: score_scene(network, scene, config.clip.spec), scenes):
            scores.append(scored)
            show(len(scores), len(scenes))
    return scores


def _write(
    network: nn.Module, config: TrainConfig, event_spec: EventSpec, metrics: dict[str, Any], out: Path
) -> ModelCard:
    card = ModelCard(
        name=config.name,
        network=config.network,
        network_options=config.network_options,
        labels=config.labels,
        clip_spec=config.clip.spec,
        event_spec=event_spec,
        metrics={"measured_on": _describe(config), **metrics},
        **config.card.model_dump(),
    )
    return store_model(network, card, out)


def _describe(config: TrainConfig) -> str:
    test, tolerance = config.scenes.test, config.event_tolerance_seconds
    return (
        f"{test.count} simulated scenes of {test.duration_seconds:g} s, seeds {test.seeds[0]} to {test.seeds[-1]}, "
        "rooms and cameras outside training, through H.264 and the reader of live video; an event counts as found "
        f"when one of the same label overlaps it or misses it by at most {tolerance:g} s, one to one; intervals are "
        "95 % bootstrap over scenes"
    )
