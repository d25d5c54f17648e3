"""Teaches the frame CNN what one frame with its changes tells: where people are, what goes on, who takes part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.mobility import INPUT_SIZE, MEAN_BEFORE, see_changes
from models.networks.mobility import MAP_STRIDE, NUM_LOGITS, NUM_PERSON_MAPS, FrameReader, MobilityNet, read_changes
from models.training.augmentation import change_look, draw_warp, warp_clip
from models.training.batches import Batch, made_ahead
from models.training.mobility.scenes import WatchedScene
from models.training.mobility.targets import NUM_TARGETS, StepLoss, step_targets
from models.training.steps import OnStep, StepsConfig, train_steps

MAP_SIZE = (INPUT_SIZE[0] // MAP_STRIDE, INPUT_SIZE[1] // MAP_STRIDE)
SPOT_SPREAD = 1.1
"""Standard deviation of the spot that marks a person on the map, in its places."""
SPOT_WEIGHT = 20.0
"""Of a place where somebody is beside an empty one, whoever it is that a map is to show: nearly all are empty."""
PEOPLE_WEIGHT = 15.0
"""Of the loss of the maps beside that of the logits."""
ZOOMS, SHIFT = (0.85, 1.25), 0.08
"""Of the other cameras through which the CNN sees every frame: further from the true one than elsewhere, for it learns
a scene by heart sooner than what scenes have in common."""
MOBILISED_WEIGHT, ASSISTED_WEIGHT = 3.0, 6.0
"""Steps at which an activity goes on are drawn so many times as often as others; more often with staff in view, who
either help or stand by."""


@dataclass(frozen=True)
class FramesAndPeople:
    """Outputs are logits, then the maps of people, flattened; targets `step_targets`, then the wanted maps."""

    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        maps, wanted = outputs[:, NUM_LOGITS:].float(), targets[:, NUM_TARGETS:]
        spots = wanted.view(len(wanted), NUM_PERSON_MAPS, -1)
        weights = (1 + SPOT_WEIGHT * spots.amax(1, keepdim=True)).expand_as(spots).flatten(1)
        of_people = F.binary_cross_entropy_with_logits(maps, wanted, weights, reduction="none").mean(1).sum()
        logits = outputs[:, None, :NUM_LOGITS]
        return StepLoss().total_loss(logits, targets[:, None, :NUM_TARGETS]) + PEOPLE_WEIGHT * of_people

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return StepLoss().total_score(outputs[:, None, :NUM_LOGITS], targets[:, None, :NUM_TARGETS])

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs[:, :NUM_LOGITS].float().sigmoid()


def train_frames(
    network: MobilityNet,
    scenes: Sequence[WatchedScene],
    steps: StepsConfig,
    *,
    seed: int,
    num_threads: int,
    on_step: OnStep,
) -> None:
    """Train `network.look` on single steps of scenes, and leave the running average of its weights in it.

    Raises:
        ValueError: the loss is no longer a number.
    """
    batches = _batches(scenes, steps, seed)
    train_steps(
        network.look,
        _logits_and_maps,
        FramesAndPeople(),
        batches,
        steps,
        read=read_changes,
        num_threads=num_threads,
        on_step=on_step,
    )


def draw_people(chests: np.ndarray, is_helping: np.ndarray) -> np.ndarray:
    """Return the maps that mark people: a spot of height one for the patient, each of the staff, and each helper.

    Args:
        chests: (P, 2), x and y as shares of width and height, the patient's first; not a number for who is not seen.
        is_helping: bool, (P,): who holds the patient.

    Returns:
        float32, (NUM_PERSON_MAPS, *MAP_SIZE).
    """
    height, width = MAP_SIZE
    rows, columns = np.mgrid[:height, :width].astype(np.float32) + 0.5
    spots = np.zeros((len(chests), height, width), np.float32)
    for spot, (x, y) in zip(spots, chests, strict=True):
        if np.isfinite(x):
            distance = (columns - x * width) ** 2 + (rows - y * height) ** 2
            spot[:] = np.exp(-distance / (2 * SPOT_SPREAD**2))
    helpers = spots[is_helping].max(axis=0, initial=0.0)
    return np.stack([spots[0], spots[1:].max(axis=0), helpers])


def _logits_and_maps(look: FrameReader, frames: Tensor) -> Tensor:
    """Return what the CNN is taught to say, in one tensor."""
    view = look.view(frames)
    return torch.cat([view.logits, view.people.flatten(1)], 1)


def _batches(scenes: Sequence[WatchedScene], steps: StepsConfig, seed: int) -> Iterator[Batch]:
    targets = [step_targets(scene.dense) for scene in scenes]
    weights = np.concatenate([_weights(scene) for scene in scenes])
    places = [(scene, step) for scene, watched in enumerate(scenes) for step in range(len(watched.frames))]
    shares = np.cumsum(weights / weights.sum())

    def make(number: int) -> Batch:
        rng = np.random.default_rng((seed, number))
        drawn = np.searchsorted(shares, rng.random(steps.batch_size)).clip(max=len(places) - 1)
        made = [_augmented(scenes[scene], step, rng) for scene, step in (places[index] for index in drawn)]
        wanted = np.stack([targets[scene][step] for scene, step in (places[index] for index in drawn)])
        maps = np.stack([maps.ravel() for _, maps in made])
        return Batch(np.stack([seen for seen, _ in made]), np.concatenate([wanted, maps], axis=1))

    return made_ahead(make, range(steps.steps))


def _weights(scene: WatchedScene) -> np.ndarray:
    """Return how often each step of a scene is drawn beside a step without activity, (T,)."""
    weights = np.where(scene.dense.is_staff_present, ASSISTED_WEIGHT, MOBILISED_WEIGHT)
    return np.asarray(np.where(scene.is_mobilised, weights, 1.0))


def _augmented(scene: WatchedScene, step: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a step's frame with its changes, (3, H, W, 3), and its maps of people, both through another camera."""
    first = max(step - MEAN_BEFORE, 0)
    seen = see_changes(scene.frames[first : step + 1], first=step - first)[0]
    warp = draw_warp(INPUT_SIZE, rng, zooms=ZOOMS, shift=SHIFT)
    size = np.array(INPUT_SIZE[::-1], np.float32)
    chests = (scene.dense.chests[step] * size) @ warp[:, :2].T + warp[:, 2]
    return change_look(warp_clip(seen, warp), rng), draw_people(chests / size, scene.dense.is_helping[step])
