"""The parts of a training run for falls, from material to a model on disk with its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.falls.labels import LABELS
from models.falls.motion import CLIP_FRAMES, FRAME_RATE_HZ, SHORT_SIDE
from models.networks.falls import FRAMES_PER_LOOK, FallNet
from models.predictor import ClipSpec, EventSpec, ModelCard
from models.training.falls.config import FallsConfig
from models.training.falls.judging import FindEvents, Judged, outcome_of, summarise
from models.training.falls.lesson import Material, learn, scores_of
from models.training.fitting import seed_everything
from models.training.phases import Phases
from models.weights import store_model


def train_network(
    config: FallsConfig,
    taught: Sequence[Material],
    validation: Sequence[Material],
    *,
    stage: str,
    folder: Path,
    phases: Phases,
) -> FallNet:
    """Return a network trained from random weights."""
    seed_everything(config.seed)
    network = FallNet(**config.network_options)
    with phases(stage) as show:
        learn(network, config, taught, validation, stage=stage, folder=folder, show=show)
    return network.eval()


def cross_validate(
    config: FallsConfig,
    taught: Sequence[Material],
    served: Sequence[Material],
    validation: Sequence[Material],
    *,
    folder: Path,
    phases: Phases,
) -> list[Judged]:
    """Judge every real recording by a network that saw nothing of its group.

    Args:
        taught: what is learned from: real recordings in all views, and scenes.
        served: the real recordings as they are served.
    """
    judged: list[Judged] = []
    for number, held_out in enumerate(fold_groups(served)):
        rest = [material for material in taught if material.watched.group not in held_out]
        stage = f"fold_{number + 1}"
        network = train_network(config, rest, validation, stage=stage, folder=folder, phases=phases)
        judged += judge(network, [one for one in served if one.watched.group in held_out])
    return judged


def fold_groups(served: Sequence[Material]) -> list[set[str]]:
    """Return the groups that are held out together: each subject, with a share of the videos of other places."""
    subjects = sorted({one.watched.group for one in served if one.watched.source == "recorded"})
    others = sorted({one.watched.group for one in served if one.watched.source == "ordinary"})
    return [{subject, *others[index :: len(subjects)]} for index, subject in enumerate(subjects)]


def judge(network: FallNet, materials: Sequence[Material]) -> list[Judged]:
    """Score the clips of recordings."""
    return [Judged(material, scores_of(network, material)) for material in materials]


def measure(judged: Sequence[Judged], spec: EventSpec, find_events: FindEvents) -> dict[str, Any]:
    """Return the metrics of some recordings as plain JSON values."""
    return summarise([outcome_of(one, find_events, spec) for one in judged])


def write_model(
    network: FallNet, config: FallsConfig, event_spec: EventSpec, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write weights and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network="fall_cnn_lstm",
        network_options=config.network_options,
        labels=LABELS,
        clip_spec=ClipSpec(
            num_frames=CLIP_FRAMES,
            frame_rate_hz=FRAME_RATE_HZ,
            stride_seconds=FRAMES_PER_LOOK / FRAME_RATE_HZ,
            short_side=SHORT_SIDE,
        ),
        event_spec=event_spec,
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(network, card, directory)
