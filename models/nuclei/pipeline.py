"""The system `nuclei`: from a picture of any look and scale to its nuclei, in stages.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: a first pass for the scale, nuclei at the normal scale
and above, their borders by a U-Net. What differs is said where it is done.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.detection.found import FoundObjects
from models.imaging.answer import Progress
from models.nuclei.grouping import group_pixels
from models.nuclei.look import unified_look
from models.nuclei.maps import MIRRORS, NucleusMaps, empty_maps, look_at
from models.nuclei.scaling import (
    enlarged,
    estimate_diameter,
    first_scales,
    median_diameter,
    normal_scale,
    viewable_scale,
)

UNIT = "looks"


@dataclass(frozen=True)
class Stages:
    """Which of the stages are done, so that the gain of each can be measured."""

    finds_scale: bool = True
    """Else the picture is looked at as large as it is."""
    num_mirrors: int = 4
    """Views of the picture at the normal scale that are looked at; 1: the picture alone."""
    finer_scales: tuple[float, ...] = (1.5,)
    """Beyond the normal scale, at which is looked as well."""
    refines: bool = True
    """Borders are where full size shows them; else where half the size does."""
    least_centre: float = 0.5
    """Probability from which there is the centre of a nucleus."""
    least_nucleus: float = 0.6
    """Probability from which a pixel is of a nucleus."""

    @property
    def views(self) -> list[tuple[float, tuple[int, ...]]]:
        """Scales, as shares of the normal one, and the axes along which is mirrored."""
        return [*((1.0, axes) for axes in MIRRORS[: self.num_mirrors]), *((scale, ()) for scale in self.finer_scales)]


def find_nuclei(
    network: Any, pixels: np.ndarray, stages: Stages | None = None
) -> Generator[Progress, None, FoundObjects]:
    """Find the nuclei of a picture, saying after each look how far it is.

    Args:
        network: a `NucleiNet` in evaluation mode.
        pixels: uint8 RGB, (H, W, 3).
        stages: which are done.

    Returns:
        Nuclei in pixels of the picture, surest first; none overlaps another.
    """
    stages = stages or Stages()
    maps, unit = yield from look_over(network, pixels, stages)
    return grouped(maps, unit, stages)


def grouped(maps: NucleusMaps, unit: float, stages: Stages) -> FoundObjects:
    """Return the nuclei in what `look_over` saw."""
    return group_pixels(
        maps,
        unit=unit,
        least_centre=stages.least_centre,
        least_nucleus=stages.least_nucleus,
        outlines=stages.refines,
    )


def look_over(network: Any, pixels: np.ndarray, stages: Stages) -> Generator[Progress, None, tuple[NucleusMaps, float]]:
    """Look at a picture as often as the stages say; takes what `find_nuclei` takes.

    Returns:
        What was seen on average, and how many pixels here are one at the normal scale.
    """
    unified, size = unified_look(pixels), pixels.shape[:2]
    num_scale_looks = len(first_scales(size)) + 1 if stages.finds_scale else 0
    total = num_scale_looks + len(stages.views)
    scale = (yield from _find_scale(network, unified, total)) if stages.finds_scale else 1.0
    normal, maps = enlarged(unified, scale), empty_maps(size)
    for count, (finer, axes) in enumerate(stages.views, start=1):
        maps = maps.joined(look_at(network, enlarged(normal, finer), axes).resized(size), count)
        yield Progress(num_scale_looks + count, total, UNIT)
    return maps, size[0] / normal.shape[0]


def _find_scale(network: Any, unified: np.ndarray, total: int) -> Generator[Progress, None, float]:
    """Return the normal scale as some scales show it, and then a look at the one that they show."""
    size, looks = unified.shape[:2], []
    for count, first in enumerate(first_scales(size), start=1):
        looks.append((first, group_pixels(look_at(network, enlarged(unified, first)))))
        yield Progress(count, total, UNIT)
    scale = viewable_scale(normal_scale(estimate_diameter(looks)), size)
    found = group_pixels(look_at(network, enlarged(unified, scale)))
    seen = median_diameter([placed.area for placed in found.masks])
    yield Progress(len(looks) + 1, total, UNIT)
    return scale if seen is None else viewable_scale(normal_scale(seen / scale), size)
