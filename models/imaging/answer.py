"""What a model says of a picture or a volume, and how far it is with it."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from models.detection.found import FoundObjects
from models.imaging.picture import Image
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.results import Detections, Measurement


@dataclass(frozen=True)
class Progress:
    """How far a reading is. Between two of these the worker may let live clips go first."""

    done: int
    total: int
    unit: str
    """What is counted, such as "windows"."""


@dataclass(frozen=True)
class Finding:
    """One thing found in a volume, in the coordinates of the patient."""

    label: str
    score: float
    """0..1."""
    centre_mm: tuple[float, float, float]
    """LPS: left, posterior, superior."""
    diameter_mm: float
    number: int = 0
    """Of its voxels in the label map; 0 when it has none."""


@dataclass(frozen=True, eq=False)
class ImagingAnswer:
    """All that a model says of one picture or volume; the files are written from it."""

    names: Mapping[int, str]
    """What each number of the label map stands for."""
    labels: np.ndarray | None = None
    """Whole numbers, 0 for the background, shape (H, W) or (D, H, W) of the sample's own grid; None: no label map."""
    scores: Mapping[int, float] = field(default_factory=dict)
    """Of the numbers that have one."""
    objects: Detections | None = None
    """Of a picture: its objects, with masks."""
    findings: tuple[Finding, ...] = ()
    """Of a volume, the surest first."""
    measurements: tuple[Measurement, ...] = ()
    remarks: tuple[str, ...] = ()
    """What a reader should know of how it was made."""


Reading = Generator[Progress, None, ImagingAnswer]
"""Work on one sample, piece by piece: it says after each piece how far it is, and returns the answer at its end."""


@runtime_checkable
class SliceOutliner(Protocol):
    """A model of volumes that looks at them slice by slice, and can look at one slice alone."""

    def outline_slice(
        self, planes: np.ndarray, spacing_mm: tuple[float, float], *, least_score: float | None = None
    ) -> FoundObjects:
        """Return the objects of one axial slice of CT, HU, (3, H, W) with its neighbours.

        By default those that the card says to report.
        """
        ...


class ImagingModel(Protocol):
    """A network, or several, with all that lies around them, ready to read pictures or volumes."""

    name: str
    card: ModelCard

    @property
    def accepts(self) -> type[Image] | type[StoredVolume]:
        """Which of the two it reads."""
        ...

    @property
    def needs(self) -> VolumeNeeds | None:
        """What it requires of volumes; None for models of pictures."""
        ...

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Read one sample.

        Args:
            sample: of the type in `accepts`.
            scratch: an empty folder for what is too large for memory; whoever gave it removes it.

        Raises:
            ValueError: the sample is not what the model reads, or its voxels cannot be read; the message says why.
        """
        ...
