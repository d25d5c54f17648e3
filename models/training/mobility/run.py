"""The parts of a training run for mobility, from scenes to a model on disk with its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.mobility import FRAME_RATE_HZ, INPUT_SIZE, LABELS, MEAN_BEFORE
from models.networks.mobility import STEPS_AFTER, STEPS_BEFORE, MobilityNet
from models.predictor import ClipSpec, EventSpec, ModelCard
from models.training.fitting import seed_everything
from models.training.mobility.config import MobilityConfig
from models.training.mobility.courses import DescribedScene, describe, train_courses
from models.training.mobility.frames import train_frames
from models.training.mobility.judging import JudgedScene, judge
from models.training.mobility.report import FindEvents, MobilityOutcome, choose_thresholds, find_in, summarise
from models.training.mobility.scenes import WatchedScene
from models.training.phases import Show
from models.training.side_by_side import side_by_side
from models.training.steps import logged_steps
from models.weights import store_model


def begin(config: MobilityConfig) -> MobilityNet:
    """Return the network with random weights; everything random from here on follows from the configuration."""
    seed_everything(config.seed)
    return MobilityNet(**config.network_options)


def learn_frames(
    network: MobilityNet, config: MobilityConfig, scenes: Sequence[WatchedScene], out: Path, show: Show
) -> None:
    """Train the frame CNN, writing `out/frames.csv`."""
    with logged_steps(out / "frames.csv", config.frame_steps, show) as log:
        train_frames(network, scenes, config.frame_steps, seed=config.seed, num_threads=config.threads, on_step=log)


def describe_all(
    network: MobilityNet,
    scenes: Sequence[WatchedScene],
    show: Show,
    *,
    num_threads: int,
    view_seed: int | None = None,
) -> list[DescribedScene]:
    """Run the frame CNN over every scene once.

    Args:
        view_seed: with one, each scene is looked at as another camera would show it, from first to last.
    """

    def describe_one(scene: WatchedScene) -> DescribedScene:
        rng = None if view_seed is None else np.random.default_rng((view_seed, 1, scene.seed))
        return describe(network, scene, rng)

    network.look.eval()
    return side_by_side(describe_one, scenes, show, num_threads=num_threads)


def learn_courses(
    network: MobilityNet, config: MobilityConfig, scenes: Sequence[DescribedScene], out: Path, show: Show
) -> None:
    """Train the convolutions over time, writing `out/time.csv`."""
    with logged_steps(out / "time.csv", config.time_steps, show) as log:
        train_courses(network, scenes, config.time_steps, seed=config.seed, on_step=log)


def judge_all(network: MobilityNet, scenes: Sequence[DescribedScene]) -> list[JudgedScene]:
    """Put what the network says of each scene beside the truth."""
    return [judge(network, scene) for scene in scenes]


def measure(
    config: MobilityConfig,
    validation: Sequence[JudgedScene],
    test: Sequence[JudgedScene],
    *,
    event_spec: EventSpec,
    find_events: FindEvents,
) -> dict[str, Any]:
    """Return the metrics on test scenes as plain JSON values; thresholds are those of the validation scenes."""
    part = config.scenes.test
    told = (
        f"{part.count} simulated scenes of {part.duration_seconds:g} s, seeds {part.seeds[0]} to {part.seeds[-1]}: "
        "rooms, cameras and people outside training; through H.264 and the reader of any video; every step of 0.4 s "
        "counts; intervals are 95 % bootstrap over scenes"
    )
    outcomes = [MobilityOutcome(scene, find_in(scene, event_spec, find_events)) for scene in test]
    return {"measured_on": told, **summarise(outcomes, choose_thresholds(validation))}


def write_model(
    network: MobilityNet, config: MobilityConfig, event_spec: EventSpec, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write weights and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network="mobility",
        network_options=config.network_options,
        labels=LABELS,
        clip_spec=ClipSpec(
            num_frames=1,
            frame_rate_hz=FRAME_RATE_HZ,
            stride_seconds=1 / FRAME_RATE_HZ,
            short_side=INPUT_SIZE[0],
            context_frames=STEPS_BEFORE + MEAN_BEFORE,
            lookahead_frames=STEPS_AFTER,
        ),
        answer="several_labels",
        event_spec=event_spec,
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(network, card, directory)
