"""A CT of a data set with the nodules that readers marked in it."""

from dataclasses import dataclass
from pathlib import Path

from models.evaluation.froc import Lesion


@dataclass(frozen=True)
class LabelledPlace:
    """A place that somebody or something proposed, and whether a nodule is there."""

    position_mm: tuple[float, float, float]
    """LPS."""
    is_nodule: bool


@dataclass(frozen=True)
class LabelledScan:
    """One scan of a data set."""

    name: str
    """Its SeriesInstanceUID."""
    location: Path
    """Of the volume: a file, or the folder of a series."""
    nodules: tuple[Lesion, ...] = ()
    """Places in LPS; those that are not judged may be found or not."""
    candidates: tuple[LabelledPlace, ...] = ()
