"""Teaches the convolutions over time from what the frame CNN said of whole scenes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from models.mobility import see_changes
from models.networks.mobility import MobilityNet, read_changes
from models.training.augmentation import augment_clip
from models.training.batches import Batch, made_ahead
from models.training.mobility.scenes import WatchedScene
from models.training.mobility.targets import StepLoss, step_targets
from models.training.steps import OnStep, StepsConfig, train_steps

WEAK_NOISE = 0.3
"""Standard deviation of what is added to the CNN's numbers: on unseen rooms it is less sure."""
SHORTEST_SHARE = 0.5
"""Of a scene that is played; every batch begins and ends elsewhere in its scenes."""
GROUP_SIZE = 50
"""Frames that the CNN describes together."""


@dataclass(frozen=True, eq=False)
class DescribedScene:
    """What the frame CNN said of a scene's steps, with what should be said."""

    described: np.ndarray
    """float32, (T, numbers a frame)."""
    targets: np.ndarray
    """From `step_targets`, (T, NUM_TARGETS)."""
    scene: WatchedScene


@torch.inference_mode()
def describe(network: MobilityNet, scene: WatchedScene, rng: np.random.Generator | None = None) -> DescribedScene:
    """Run the frame CNN over a scene, or, with a generator, over the scene as another camera would show it."""
    frames = scene.frames if rng is None else augment_clip(scene.frames, rng)
    seen = torch.from_numpy(see_changes(frames))
    parts = [network.look.eval()(read_changes(group)) for group in torch.split(seen, GROUP_SIZE)]
    return DescribedScene(torch.cat(parts).float().numpy(), step_targets(scene.dense), scene)


def train_courses(
    network: MobilityNet,
    scenes: Sequence[DescribedScene],
    steps: StepsConfig,
    *,
    seed: int,
    on_step: OnStep,
) -> None:
    """Train everything behind `network.look`, and leave the running average of the weights in the network.

    Raises:
        ValueError: the loss is no longer a number.
    """
    network.look.requires_grad_(False)
    batches = _batches(scenes, steps, seed)
    train_steps(network, MobilityNet.follow, StepLoss(), batches, steps, precision="fp32", on_step=on_step)


def _batches(scenes: Sequence[DescribedScene], steps: StepsConfig, seed: int) -> Iterator[Batch]:
    shortest = min(len(scene.described) for scene in scenes)

    def make(number: int) -> Batch:
        rng = np.random.default_rng((seed, 1, number))
        length = int(rng.integers(round(SHORTEST_SHARE * shortest), shortest + 1))
        drawn = [scenes[index] for index in rng.integers(len(scenes), size=steps.batch_size)]
        starts = [int(rng.integers(len(scene.described) - length + 1)) for scene in drawn]
        pieces = [slice(start, start + length) for start in starts]
        described = np.stack([scene.described[piece] for scene, piece in zip(drawn, pieces, strict=True)])
        described = described + rng.normal(0, WEAK_NOISE, described.shape).astype(np.float32)
        return Batch(described, np.stack([scene.targets[piece] for scene, piece in zip(drawn, pieces, strict=True)]))

    return made_ahead(make, range(steps.steps))
