"""How many slices one must annotate: networks taught from ever more of them, all measured on the same other slices.

Source: Cicek et al. 2016, arXiv:1606.06650, table 2: a volume is segmented from some of its own slices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from app.evaluation.annotation.config import AnnotationConfig
from app.training.volume_reading import annotation_of, open_source, slices_of, taught_volume
from models.evaluation.bootstrap import Interval, bootstrap
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.imaging.finished import finish
from models.samples import StoredVolume
from models.training.phases import Phases
from models.training.volumes.annotation import UNLABELLED, Slices, slice_mask
from models.training.volumes.config import VolumesConfig
from models.training.volumes.run import card_of, serve, train_network
from models.training.volumes.spread_slices import spread_slices
from stream.errors import StreamError
from stream.imaging.label_files import read_label_map

WHOLE = 0
"""Stands for all slices but those that are held out."""


@dataclass(frozen=True)
class Lesson:
    """One network, taught from so many slices."""

    num_slices: int
    """`WHOLE`: all."""
    is_consistent: bool
    """Whether unlabelled voxels taught too."""
    labelled_share: float
    """Of the voxels."""
    jaccard: Interval
    """On the slices that were held out."""

    @property
    def title(self) -> str:
        slices = "all slices" if self.num_slices == WHOLE else f"{self.num_slices} slice{'s' * (self.num_slices > 1)}"
        return f"{slices}, with consistency" if self.is_consistent else slices


def run_annotation(config: AnnotationConfig, out: Path, phases: Phases) -> list[Lesson]:
    """Teach and measure a network for every count of slices, and one for all.

    Everything goes into `out`; a run that is killed goes on from its checkpoints.

    Raises:
        ValueError: the volume cannot be used, a slice lies outside, or training diverged.
    """
    training = VolumesConfig.load(config.training)
    try:
        volume = open_source(training.train[0])
        numbers = read_label_map(training.train[0].labels, spacing_mm=training.train[0].spacing_mm).labels
    except StreamError as error:
        raise ValueError(str(error)) from error
    course = _Course(training, volume, numbers, slices_of(config.held_out), out)
    lessons = [course.teach(count, phases) for count in (*config.counts, WHOLE)]
    if config.consistency:
        partner = training.model_copy(update={"consistency": config.consistency, "threads": 1})
        consistent = _Course(partner, volume, numbers, slices_of(config.held_out), out)
        lessons += [consistent.teach(count, phases) for count in config.consistency_counts]
    return lessons


class _Course:
    """Networks taught alike from the same volume."""

    def __init__(
        self, config: VolumesConfig, volume: StoredVolume, numbers: np.ndarray, held_out: Slices, out: Path
    ) -> None:
        self._config, self._volume, self._numbers, self._out = config, volume, numbers, out
        self._held_out, self._is_held = held_out, slice_mask(numbers.shape, held_out)

    def teach(self, count: int, phases: Phases) -> Lesson:
        slices = None if count == WHOLE else spread_slices(self._numbers.shape, count, self._held_out)
        known = np.where(self._is_held, UNLABELLED, self._numbers)
        taught = taught_volume(self._volume, *annotation_of(self._config).teach(known, slices))
        share, is_consistent = float((taught.weights > 0).mean()), self._config.consistency is not None
        title = Lesson(count, is_consistent, share, Interval(0, 0, 0)).title
        folder = self._out / title.replace(", ", "_").replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        with phases(title) as show:
            network = train_network(self._config, [taught], [], folder, show)
        model = serve(network, card_of(self._config, [taught], {}), threads=self._config.threads)
        labels = finish(model.read(self._volume, scratch=folder)).labels
        if labels is None:
            raise ValueError(f"{model.name} must give a label map of {self._volume.source_id}, it gives none")
        return Lesson(count, is_consistent, share, self._measure(labels))

    def _measure(self, labels: np.ndarray) -> Interval:
        """Return the IoU of what is not background, with an interval over the slices that were held out."""
        overlaps = []
        for axis, indices in self._held_out.items():
            for index in indices:
                true, found = (np.moveaxis(one, axis, 0)[index] > 0 for one in (self._numbers, labels))
                overlaps.append(count_overlap(true, found))
        return bootstrap(overlaps, _jaccard)


def _jaccard(overlaps: Sequence[OverlapCounts]) -> float:
    return reduce(add, overlaps).jaccard
