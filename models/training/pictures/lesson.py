"""A lesson on labelled pictures or volumes: views are drawn, a network learns from them, others choose its weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from models.config_file import RunConfig
from models.training.batches import Batch, as_it_is
from models.training.checkpoints import fingerprint
from models.training.fitting import Stage, fit, validate_on
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.pictures.batches import Views, still_views
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.views import ViewConfig
from models.training.replicas import Compare
from models.training.video_config import FitConfig

VIEWS_A_PICTURE = 2
"""On which a network is validated."""


@dataclass(frozen=True)
class Lesson:
    """How a network is taught, whatever it learns."""

    fit: FitConfig
    crop: tuple[int, ...]
    """Of the views, (H, W) or (D, H, W)."""
    views: ViewConfig
    seed: int
    threads: int
    balance_over: str | None = None
    """As `Views` takes it."""

    def of_size(self, crop: Sequence[int]) -> "Lesson":
        """Return the same lesson on views of another size."""
        return replace(self, crop=tuple(crop))


@dataclass(frozen=True, eq=False)
class Subject:
    """What is learned of views."""

    objective: Objective
    make_batch: Callable[[Sequence[LabelledPicture], int], Batch]
    """Takes views and the number of the first of them, by which a batch repeats."""
    read: Callable[[Tensor], Tensor] = as_it_is
    """As `Replicas` takes it."""
    compare: Compare | None = None
    """As `Replicas` takes it."""


def teach(
    network: nn.Module,
    lesson: Lesson,
    subject: Subject,
    parts: tuple[Sequence[LabelledPicture], Sequence[LabelledPicture]],
    *,
    config: RunConfig,
    stage: str,
    folder: Path,
    show: Show,
) -> None:
    """Train a network in place; killed, the same call goes on to the same weights.

    Args:
        network: what learns.
        lesson: how.
        subject: what.
        parts: pictures to learn from, and to choose the best weights by.
        config: of the whole run, on which the result depends.
        stage: names the files in `folder`.
        folder: of checkpoint and curves.
        show: told how far it is.

    Raises:
        ValueError: training diverged, or the folder holds the state of another run.
        OSError: the disk is full.
    """
    train, validation = parts
    size = lesson.fit.batch_size
    views = Views(train, lesson.crop, lesson.views, lesson.seed, lesson.balance_over)
    judged = still_views(validation, lesson.crop, VIEWS_A_PICTURE * len(validation))
    described = [f"{one.name} {one.pixels.sum(dtype=np.int64)} {one.layers.sum()}" for one in (*train, *validation)]
    fit(
        Stage(
            name=stage,
            network=network,
            objective=subject.objective,
            config=lesson.fit,
            make_batch=lambda step: subject.make_batch(views.draw(step, size), (lesson.seed << 32) + step * size),
            read=subject.read,
            validate=lambda trained: validate_on(
                trained,
                subject.objective,
                (subject.make_batch([view], index) for index, view in enumerate(judged)),
                subject.read,
                subject.compare,
            ),
            num_threads=lesson.threads,
            fingerprint=fingerprint(stage, config, described),
            compare=subject.compare,
        ),
        folder,
        show,
    )
