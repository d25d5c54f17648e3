"""Trains the network that finds the left ventricle in frames and tells which view they are."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.echo.crop import SIDE
from models.networks.echo_frames import EchoFrameNet
from models.segmentation.losses import soft_dice
from models.simulation.echo.anatomy import VIEWS
from models.training.batches import Batch
from models.training.echo.loops import LabelledFrames

OTHER_VIEWS_SHARE = 0.4
"""Of a batch. Half of them are the apical two-chamber view, the only one that is hard to tell from the wanted one."""
VIEW_WEIGHT = 1.0
"""Of the view's loss beside the mask's."""
STILL_SHARE = 0.1
"""Of frames that are shown thrice instead of with their neighbours: blood does not flicker so on every machine."""


class JoinedHeads(nn.Module):
    """The network with both outputs in one row, (N, SIDE * SIDE + num_views), as a trainer of one output wants it."""

    def __init__(self, network: EchoFrameNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor) -> Tensor:
        mask, views = self.network(frames)
        return torch.cat((mask.flatten(1), views), 1)


class MaskAndView:
    """Wants the mask where there is one, and the view's name always: targets are mask, then view, (N, S * S + 1).

    The mask's loss is cross-entropy a pixel plus one minus Dice (Milletari et al. 2016, arXiv:1606.04797).
    """

    score_name = "dice"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        logits, wanted, views, labels = _parts(outputs.float(), targets)
        has_mask = wanted.amax(1)
        pixels = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(1)
        mask_loss = (4 * pixels + 1 - _dice(logits.sigmoid(), wanted)) * has_mask
        return mask_loss.sum() + VIEW_WEIGHT * F.cross_entropy(views, labels, reduction="sum")

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        logits, wanted, _, _ = _parts(outputs.float(), targets)
        has_mask = wanted.amax(1) > 0
        share = _dice((logits > 0).float(), wanted)[has_mask].mean() if has_mask.any() else torch.zeros(())
        return float(share) * len(targets)

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().sigmoid()


def frames_to_input(frames: Tensor) -> Tensor:
    """Map uint8 grey frames with their neighbours, (N, 3, H, W), to what the network reads: float32 in [-1, 1]."""
    return frames.float() * (2 / 255) - 1


class FrameBatches:
    """Makes augmented batches of frames between their neighbours; batch k depends on the seed and k alone."""

    def __init__(self, clips: Sequence[LabelledFrames], *, batch_size: int, seed: int) -> None:
        of_views = [[clip for clip in clips if clip.view_index == index] for index in range(len(VIEWS))]
        four_chamber, two_chamber, *others = of_views
        num_others = round(batch_size * OTHER_VIEWS_SHARE)
        num_two_chamber = num_others // 2
        self._pools = (
            (four_chamber, batch_size - num_others),
            (two_chamber, num_two_chamber),
            ([clip for view in others for clip in view], num_others - num_two_chamber),
        )
        self._seed = seed

    def make(self, step: int) -> Batch:
        rng = np.random.default_rng((self._seed, step))
        drawn = [self._draw(clips, rng) for clips, number in self._pools for _ in range(number)]
        rng.shuffle(drawn)  # each replica gets its share of all
        frames, targets = zip(*drawn, strict=True)
        return Batch(np.stack(frames), np.stack(targets))

    def _draw(self, clips: Sequence[LabelledFrames], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        clip = clips[int(rng.integers(len(clips)))]
        index = int(rng.integers(len(clip.frames)))
        distance = 0 if rng.random() < STILL_SHARE else int(rng.choice((-1, 1)))  # -1: time runs backwards
        beside = np.clip((index - distance, index, index + distance), 0, len(clip.frames) - 1)
        frames, mask = augment_frames(clip.frames[beside], clip.masks[index], rng)
        return frames, np.append(mask.ravel().astype(np.float32), np.float32(clip.view_index))


def augment_frames(frames: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return frames, uint8 (3, SIDE, SIDE), and mask as another crop, gain and machine would give them."""
    zoom, angle = rng.uniform(0.85, 1.15), np.radians(rng.normal(0, 5))
    stretch = rng.uniform(0.92, 1.08)
    linear = zoom * np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    linear = linear @ np.diag((stretch, 1 / stretch))
    centre = np.full(2, (SIDE - 1) / 2)
    matrix = np.column_stack((linear, centre + rng.uniform(-7, 7, 2) - linear @ centre))
    moved = cv2.warpAffine(np.ascontiguousarray(frames.transpose(1, 2, 0)), matrix, (SIDE, SIDE))
    moved_mask = cv2.warpAffine(mask.astype(np.uint8) * 255, matrix, (SIDE, SIDE)) > 127
    levels = np.linspace(0, 1, 256) ** rng.uniform(0.6, 1.6) * rng.uniform(0.4, 1.4) + rng.uniform(-0.08, 0.08)
    moved = cv2.LUT(moved, np.clip(levels * 255, 0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        moved = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(0.4, 1.3)))
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(2, 10), moved.shape)
        moved = np.clip(moved + noise, 0, 255).astype(np.uint8)
    return moved.transpose(2, 0, 1), moved_mask


def _parts(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    num_pixels = targets.shape[1] - 1
    return outputs[:, :num_pixels], targets[:, :num_pixels], outputs[:, num_pixels:], targets[:, num_pixels].long()


def _dice(one: Tensor, other: Tensor) -> Tensor:
    """Return the Dice coefficient of each flat mask, (N,)."""
    return soft_dice(one[:, None], other[:, None])[:, 0]
