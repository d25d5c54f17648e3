"""Batches of views drawn from labelled pictures; batch k depends on the seed and k alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.views import STILL, ViewConfig, draw_view

TRIES = 4
"""At a view that shows something; a picture of which most is empty teaches little."""


@dataclass(frozen=True, eq=False)
class Views:
    """Views of some pictures, of one size."""

    pictures: Sequence[LabelledPicture]
    crop: tuple[int, ...]
    config: ViewConfig
    seed: int
    balance_over: str | None = None
    """A group whose rarer members are drawn more often: as often as the root of their number."""

    def draw(self, step: int, count: int) -> list[LabelledPicture]:
        """Return the views of a step."""
        rng = np.random.default_rng((self.seed, step))
        chosen = rng.choice(len(self.pictures), count, p=self._chances())
        return [self._showing_something(self.pictures[int(index)], rng) for index in chosen]

    def _chances(self) -> np.ndarray:
        members = [picture.groups.get(self.balance_over or "", "") for picture in self.pictures]
        counts = Counter(members)
        chances = np.array([counts[member] ** -0.5 for member in members])
        return np.asarray(chances / chances.sum())

    def _showing_something(self, picture: LabelledPicture, rng: np.random.Generator) -> LabelledPicture:
        for _ in range(TRIES):
            view = draw_view(picture, self.crop, self.config, rng)
            if view.layers.any():
                break
        return view


def still_views(pictures: Sequence[LabelledPicture], crop: tuple[int, ...], count: int) -> list[LabelledPicture]:
    """Return views to validate on: always the same ones, as recorded."""
    views = Views(pictures, crop, STILL, seed=0)
    rngs = [np.random.default_rng((1, index)) for index in range(count)]
    return [views._showing_something(pictures[index % len(pictures)], rng) for index, rng in enumerate(rngs)]
