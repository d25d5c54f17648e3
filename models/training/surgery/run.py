"""The parts of a training run for surgical phases, from operations to a model on disk with its card."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from models.networks.surgical_phase import SurgicalPhaseNet
from models.predictor import ClipSpec, EventSpec, ModelCard
from models.runtime.weights_key import weights_key
from models.surgical_phases import PHASES
from models.training.fitting import seed_everything
from models.training.phases import Show
from models.training.side_by_side import side_by_side
from models.training.steps import logged_steps
from models.training.surgery.collecting import collect_frames
from models.training.surgery.config import SurgicalPhaseConfig
from models.training.surgery.frames import LabelledFrames, describe, train_frame_cnn
from models.training.surgery.operations import DescribedOperation, Operation
from models.training.surgery.report import judge, summarise
from models.training.surgery.sequences import train_memory
from models.weights import store_model
from models.whole_file import whole_file

GROUP_SIZE = 64
"""Frames that the CNN describes together."""


def begin(config: SurgicalPhaseConfig) -> SurgicalPhaseNet:
    """Return the network with random weights; everything random from here on follows from the configuration."""
    seed_everything(config.seed)
    return SurgicalPhaseNet(len(PHASES), **config.network_options)


def collect(config: SurgicalPhaseConfig, operations: Sequence[Operation], show: Show) -> LabelledFrames:
    """Read the frames that the CNN learns from."""
    return collect_frames(operations, show, step=config.frame_step_seconds, num_threads=config.threads)


def learn_frames(
    network: SurgicalPhaseNet, config: SurgicalPhaseConfig, data: LabelledFrames, out: Path, show: Show
) -> None:
    """Train the frame CNN on frames that were collected, writing `out/frames.csv`."""
    with logged_steps(out / "frames.csv", config.frame_steps, show) as log:
        train_frame_cnn(network, data, config.frame_steps, seed=config.seed, num_threads=config.threads, on_step=log)


def describe_all(
    network: SurgicalPhaseNet, operations: Sequence[Operation], folder: Path, show: Show, *, num_threads: int
) -> list[DescribedOperation]:
    """Run the frame CNN over operations once; what it said is kept in the folder, under the key of the CNN."""
    cnn = weights_key(network.look)[:12]
    folder.mkdir(parents=True, exist_ok=True)

    def describe_one(operation: Operation) -> DescribedOperation:
        path = folder / f"{operation.labels.name}_{cnn}.npy"
        if not path.exists():
            with whole_file(path) as draft, draft.open("wb") as file:
                np.save(file, _describe(network, operation))
        return DescribedOperation(operation.labels, np.load(path))

    network.look.eval()
    return side_by_side(describe_one, operations, show, num_threads=num_threads)


def learn_courses(
    network: SurgicalPhaseNet,
    config: SurgicalPhaseConfig,
    operations: Sequence[DescribedOperation],
    out: Path,
    show: Show,
) -> None:
    """Train the memory on described operations, writing `out/memory.csv`."""
    with logged_steps(out / "memory.csv", config.memory_steps, show) as log:
        train_memory(
            network,
            operations,
            config.memory_steps,
            sequence_seconds=config.sequence_seconds,
            seed=config.seed,
            on_step=log,
        )


def measure(
    network: SurgicalPhaseNet, config: SurgicalPhaseConfig, operations: Sequence[DescribedOperation]
) -> dict[str, Any]:
    """Return the metrics on test operations as plain JSON values."""
    told = (
        f"{_describe_test(config)}; every second counts, borders of phases and time out of the body too; intervals are "
    )
    told += "95 % bootstrap over operations"
    return {"measured_on": told, **summarise([judge(network, operation) for operation in operations])}


def write_model(
    network: SurgicalPhaseNet, config: SurgicalPhaseConfig, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write weights and card into a directory and return the card."""
    size = config.input_size
    card = ModelCard(
        name=config.name,
        network="surgical_phase",
        network_options=config.network_options,
        labels=PHASES,
        clip_spec=ClipSpec(num_frames=1, frame_rate_hz=1.0, stride_seconds=1.0, short_side=size),
        input_size=(size, size),
        event_spec=EventSpec(PHASES, enter_score=0.5, leave_score=0.4, votes=2, window=3, minimum_duration_seconds=3.0),
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(network, card, directory)


def _describe_test(config: SurgicalPhaseConfig) -> str:
    if config.cholec80 is not None:
        return "the last forty operations in Cholec80's layout"
    test = config.simulated.test
    return (
        f"{test.count} simulated operations, seeds {test.seeds[0]} to {test.seeds[-1]}; patients, instruments, "
        "cameras, lengths and orders of phases outside training; through H.264 and the reader of any video"
    )


def _describe(network: SurgicalPhaseNet, operation: Operation) -> np.ndarray:
    frames = operation.frames()
    parts = []
    while group := list(islice(frames, GROUP_SIZE)):
        parts.append(describe(network, group))
    described = np.concatenate(parts) if parts else np.zeros((0, network.look.num_described), np.float16)
    if len(described) != operation.labels.num_seconds:
        raise ValueError(
            f"{operation.labels.name}: labels of {operation.labels.num_seconds} seconds need as many frames, "
            f"one a second; the video gave {len(described)}"
        )
    return described
