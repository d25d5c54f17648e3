"""The system `nuclei`: from a picture of any look and scale to its nuclei, in four stages.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: a first pass for the scale, Mask R-CNN at the normal
scale and above, U-Net for the borders. What differs is said where it is done.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from models.detection.finding import find_objects
from models.detection.found import FoundObjects
from models.imaging.answer import Progress
from models.imaging.finished import finish
from models.imaging.picture_tensor import to_picture
from models.imaging.tiles import tiles_of
from models.nuclei.look import unified_look
from models.nuclei.merging import merge_looks
from models.nuclei.refinement import refine
from models.nuclei.scaling import FIRST_SCALES, MOST_PIXELS, enlarged, estimate_diameter, normal_scale, resized
from models.nuclei.views import MIRRORS, mirrored, mirrored_back, rescaled
from models.segmentation.network_input import to_network_input

TILE, OVERLAP = (512, 512), 96
UNIT = "looks"


@dataclass(frozen=True)
class Stages:
    """Which of the stages are done, so that the gain of each can be measured."""

    finds_scale: bool = True
    """Else the picture is looked at as large as it is."""
    num_mirrors: int = 2
    """Views of the picture that are looked at; 1: the picture alone."""
    finer_scales: tuple[float, ...] = (1.5,)
    """Beyond the normal scale, at which is looked as well."""
    refines: bool = True
    """Else masks are those of the Mask R-CNN."""
    fewest_looks: float = 0.35
    """Mean score over the looks from which a nucleus counts."""
    num_outlines: int = 4
    """Views of which the U-Net's answers are averaged."""


def find_nuclei(
    network: Any, pixels: np.ndarray, stages: Stages | None = None
) -> Generator[Progress, None, FoundObjects]:
    """Find the nuclei of a picture, saying after each look how far it is.

    Args:
        network: a `NucleiNet` in evaluation mode.
        pixels: uint8 RGB, (H, W, 3).
        stages: which are done.

    Returns:
        Nuclei in pixels of the picture, best first; refined ones do not overlap.
    """
    stages = stages or Stages()
    unified = unified_look(pixels)
    total = len(_scales_for(unified)) * stages.finds_scale + stages.num_mirrors + len(stages.finer_scales)
    total += stages.num_outlines * stages.refines
    scale, done = 1.0, 0
    if stages.finds_scale:
        looks = []
        for first in _scales_for(unified):
            looks.append((first, _look(network, enlarged(unified, first))))
            yield Progress(done := done + 1, total, UNIT)
        scale = normal_scale(estimate_diameter(looks))
    size = tuple(pixels.shape[:2])
    normal = enlarged(unified, scale)
    found = []
    for finer in (1.0, *stages.finer_scales):
        view = normal if finer == 1 else enlarged(normal, finer)
        for axes in MIRRORS[: stages.num_mirrors if finer == 1 else 1]:
            seen = mirrored_back(_look(network, mirrored(view, axes)), view.shape[:2], axes)
            found.append(rescaled(seen, view.shape[:2], normal.shape[:2]))
            yield Progress(done := done + 1, total, UNIT)
    merged = merge_looks(found, fewest_looks=stages.fewest_looks)
    if not stages.refines:
        return rescaled(merged, normal.shape[:2], size)
    outlines = np.zeros((*normal.shape[:2], 3), np.float32)
    for axes in MIRRORS[: stages.num_outlines]:
        outlines += mirrored(outline(network.outliner, mirrored(normal, axes)), axes) / stages.num_outlines
        yield Progress(done := done + 1, total, UNIT)
    return _refined(merged, outlines, size)


@torch.inference_mode()
def outline(outliner: Any, pixels: np.ndarray) -> np.ndarray:
    """Return how surely each pixel is ground, inside or rim: float32, (H, W, 3), of a unified picture."""
    device = next(outliner.parameters()).device
    inputs = to_network_input(torch.from_numpy(pixels[None]), num_channels=3)
    probabilities = np.zeros((*pixels.shape[:2], 3), np.float32)
    for tile in tiles_of(pixels.shape[:2], TILE, OVERLAP):
        logits = outliner(inputs[(slice(None), slice(None), *tile.seen)].to(device))[0]
        answers = logits.float().softmax(0).permute(1, 2, 0).cpu().numpy()
        probabilities[tile.counted] = answers[tile.counted_within]
    return probabilities


def _scales_for(pixels: np.ndarray) -> Sequence[float]:
    """Return the scales of the first pass: large pictures are not enlarged."""
    return [scale for scale in FIRST_SCALES if scale <= 1 or pixels.shape[0] * pixels.shape[1] * scale**2 < MOST_PIXELS]


def _look(network: Any, view: np.ndarray) -> FoundObjects:
    return finish(find_objects(network.finder, to_picture(view).to(_device(network)), tile=TILE, overlap=OVERLAP))


def _device(network: Any) -> torch.device:
    device: torch.device = next(network.parameters()).device
    return device


def _refined(found: FoundObjects, outlines: np.ndarray, size: tuple[int, ...]) -> FoundObjects:
    """Refine at the finer of both scales, the normal one and that of the picture (H, W)."""
    normal = outlines.shape[:2]
    fine = size if size[0] > normal[0] else normal
    probabilities = np.moveaxis(resized(outlines, fine) if fine != normal else outlines, -1, 0)
    refined = refine(rescaled(found, normal, fine), probabilities, unit=fine[0] / normal[0])
    return rescaled(refined, fine, size)
