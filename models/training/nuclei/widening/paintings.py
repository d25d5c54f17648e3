"""Widens what is learned from: nuclei drawn from the statistics of shapes, painted in every look there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from models.config_file import Section
from models.training.nuclei.widening.looks import sort_by_look
from models.training.nuclei.widening.painting import LookPainter
from models.training.nuclei.widening.shapes import ShapeStatistics
from models.training.phases import Phases
from models.training.pictures.labelled import LabelledPicture, marked_instances
from models.whole_file import whole_file

PAINTED = "painted"
"""Member of every group that paintings are of, so that they can be balanced against pictures."""


class PaintingConfig(Section):
    """How painters learn, and how much they paint."""

    looks: int = Field(3, ge=1)  # at most, for each of which a painter learns
    pictures: int = Field(12, ge=1)  # that each of them paints
    size: tuple[int, int] = (256, 256)  # of a painting, pixels at the normal scale
    crop: tuple[int, int] = (128, 128)  # of what a painter learns from
    width: float = Field(0.25, gt=0)  # of a painter's channels
    steps: int = Field(300, ge=1)
    batch_size: int = Field(4, ge=2)


@dataclass(frozen=True, eq=False)
class Paintings:
    """Pictures of nuclei that never were."""

    pixels: np.ndarray
    """uint8 RGB, (N, H, W, 3)."""
    numbers: np.ndarray
    """int32, (N, H, W): their nuclei."""

    def save(self, path: Path) -> None:
        """Write them, whole or not at all."""
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez_compressed(file, pixels=self.pixels, numbers=self.numbers)

    @classmethod
    def load(cls, path: Path) -> "Paintings":
        with np.load(path) as kept:
            return cls(kept["pixels"], kept["numbers"])

    def as_pictures(self, group: str | None) -> list[LabelledPicture]:
        """Return them as training reads pictures, in a group of their own."""
        groups = {group: PAINTED} if group else {}
        return [
            marked_instances(f"{PAINTED}_{index}", pixels, numbers, groups)
            for index, (pixels, numbers) in enumerate(zip(self.pixels, self.numbers, strict=True))
        ]


def paint(pictures: Sequence[LabelledPicture], config: PaintingConfig, *, seed: int, phases: Phases) -> Paintings:
    """Return paintings with their nuclei; the same pictures and seed give the same ones.

    Args:
        pictures: to learn looks and shapes from, as networks see them.
        config: how.
        seed: of everything that is drawn.
        phases: told how far it is.

    Raises:
        ValueError: a look has too few nuclei.
    """
    pixels, drawn = [], []
    for look, members in enumerate(sort_by_look(pictures, config.looks, seed=seed)):
        shapes = ShapeStatistics.of(members)
        painter = LookPainter(members, crop=config.crop, width=config.width, seed=seed + look)
        with phases(f"painter {look + 1}") as show:
            painter.learn(steps=config.steps, batch_size=config.batch_size, show=show)
        rng = np.random.default_rng((seed, look))
        for _ in range(config.pictures):
            drawn.append(shapes.draw(config.size, rng))
            pixels.append(painter.paint(drawn[-1]))
    return Paintings(np.stack(pixels), np.stack(drawn))
