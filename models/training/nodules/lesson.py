"""Teaches the network which of the proposed places are nodules: batches half of them, half of what looks like them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.nodules import NoduleNet
from models.nodules.cubes import SIDE
from models.training.batches import Batch
from models.training.checkpoints import fingerprint
from models.training.fitting import Stage, Validation, fit
from models.training.nodules.config import NodulesConfig
from models.training.nodules.examples import MARGIN, NODULE, OTHER, UNSURE, ScanExamples
from models.training.phases import Show

_SIZE_WEIGHT = 0.5
"""Of the error of the diameter against that of the label."""
_CUBES_AT_ONCE = 64


class NoduleOrNot:
    """Wants the label of each cube, and of nodules the logarithm of the diameter: outputs and targets are (N, 2)."""

    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        is_nodule = targets[:, 0]
        wrong = F.binary_cross_entropy_with_logits(outputs[:, 0].float(), is_nodule, reduction="sum")
        off = F.smooth_l1_loss(outputs[:, 1].float(), targets[:, 1], reduction="none", beta=0.2)
        return wrong + _SIZE_WEIGHT * (off * is_nodule).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float(((outputs[:, 0] > 0) == (targets[:, 0] > 0.5)).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float()


def learn(
    network: NoduleNet,
    config: NodulesConfig,
    taught: Sequence[ScanExamples],
    validation: Sequence[ScanExamples],
    *,
    folder: Path,
    show: Show,
) -> None:
    """Train a network; killed, the same call goes on. Curves and checkpoint lie in the folder.

    Raises:
        ValueError: there is no nodule, training diverged, or the folder holds the state of another run.
        OSError: the disk is full.
    """
    draw = _Draw(taught, config)
    fit(
        Stage(
            name="loss",
            network=network,
            objective=NoduleOrNot(),
            config=config.fit,
            make_batch=draw.batch,
            read=_as_network_input,
            validate=lambda trained: _validate(trained, validation),
            num_threads=1,  # with dropout, shares of a batch would not repeat
            fingerprint=fingerprint("loss", config, _descriptions((*taught, *validation))),
        ),
        folder,
        show,
    )


@torch.inference_mode()
def answers_of(network: nn.Module, scan: ScanExamples) -> np.ndarray:
    """Return what a network says of all places of a scan as they are served, (N, 2)."""
    cubes = torch.from_numpy(_middle(scan.cubes)[:, None])
    rows = [network(_as_network_input(part)) for part in torch.split(cubes, _CUBES_AT_ONCE)]
    return np.asarray(torch.cat(rows).float().numpy()) if rows else np.zeros((0, 2), np.float32)


class _Draw:
    """Draws places of all scans."""

    def __init__(self, taught: Sequence[ScanExamples], config: NodulesConfig) -> None:
        self._taught, self._config = taught, config
        self._of = {
            target: [
                (index, int(place))
                for index, scan in enumerate(taught)
                for place in np.flatnonzero(scan.targets == target)
            ]
            for target in (NODULE, OTHER)
        }
        if not all(self._of.values()):
            raise ValueError("nodules and other places are both required to learn from; simulate more scans")

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self._config.seed, step))
        size = self._config.fit.batch_size
        cubes, targets = [], []
        for number in range(size):
            places = self._of[NODULE if number % 2 else OTHER]
            index, place = places[int(rng.integers(len(places)))]
            scan = self._taught[index]
            cubes.append(_varied(scan.cubes[place], rng))
            is_nodule = scan.targets[place] == NODULE
            targets.append((float(is_nodule), float(np.log(scan.diameters_mm[place])) if is_nodule else 0.0))
        return Batch(np.stack(cubes)[:, None], np.array(targets, np.float32))


def _varied(cube: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a cube cut out a little to the side, mirrored, turned, brighter or darker, and noisier; uint8."""
    a, b, c = (slice(at, at + SIDE) for at in rng.integers(0, 2 * MARGIN + 1, 3))
    cube = cube[a, b, c]
    if rng.random() < 0.3:  # of what is round, the axes are a matter of chance
        cube = cube.transpose(rng.permutation(3))
    cube = cube[tuple(slice(None, None, int(way)) for way in rng.choice((-1, 1), 3))]
    values = cube.astype(np.float32) * rng.uniform(0.92, 1.08) + rng.uniform(-8, 8)
    values += rng.standard_normal(cube.shape, np.float32) * rng.uniform(0, 6)
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _middle(cubes: np.ndarray) -> np.ndarray:
    inner = slice(MARGIN, MARGIN + SIDE)
    return np.ascontiguousarray(cubes[:, inner, inner, inner])


def _validate(network: nn.Module, validation: Sequence[ScanExamples]) -> Validation:
    """Weigh nodules and other places alike, as training does."""
    objective, loss, right, num_groups = NoduleOrNot(), 0.0, 0.0, 0
    found = [answers_of(network, scan) for scan in validation]
    for target in (NODULE, OTHER):
        rows = np.concatenate([rows[scan.targets == target] for rows, scan in zip(found, validation, strict=True)])
        if not len(rows):
            continue
        sizes = np.concatenate([scan.diameters_mm[scan.targets == target] for scan in validation])
        wanted = np.stack([np.full(len(rows), float(target == NODULE)), np.log(np.maximum(sizes, 1.0))], 1)
        outputs, targets = torch.from_numpy(rows), torch.from_numpy(wanted.astype(np.float32))
        loss += float(objective.total_loss(outputs, targets)) / len(rows)
        right += objective.total_score(outputs, targets) / len(rows)
        num_groups += 1
    if not num_groups:
        raise ValueError("no place of the validation scans is known; simulate more of them")
    return Validation(loss / num_groups, right / num_groups)


def _as_network_input(cubes: Tensor) -> Tensor:
    return cubes.to(torch.float32) / 255


def _descriptions(scans: Sequence[ScanExamples]) -> Iterator[str]:
    for scan in scans:
        yield f"{scan.name} {scan.cubes.shape} {int(scan.cubes.sum())} {int((scan.targets != UNSURE).sum())}"
