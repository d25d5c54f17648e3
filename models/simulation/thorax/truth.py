"""What is really in a simulated CT of the chest."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.simulation.thorax.nodule_shapes import Outline

Kind = Literal["solid", "part_solid", "ground_glass", "calcified"]
KINDS: tuple[Kind, ...] = ("solid", "part_solid", "ground_glass", "calcified")
Place = Literal["parenchymal", "perifissural", "near_fissure", "juxta_pleural", "juxta_vascular"]
PLACES: tuple[Place, ...] = ("parenchymal", "perifissural", "near_fissure", "juxta_pleural", "juxta_vascular")
"""Those near a fissure do not belong to it: they are as round as any."""


@dataclass(frozen=True)
class NoduleTruth:
    """One nodule as it is, not as it was drawn up: measured on its finest parts, within the lung."""

    number: int
    """In the label map."""
    centre_mm: tuple[float, float, float]
    """Centre of mass, LPS."""
    diameter_mm: float
    """Of a ball of the same volume."""
    volume_mm3: float
    kind: Kind
    place: Place
    outline: Outline


@dataclass(frozen=True)
class Decoy:
    """Something that looks like a nodule and is none."""

    kind: Literal["scar", "plug"]
    centre_mm: tuple[float, float, float]


@dataclass(frozen=True)
class ThoraxTruth:
    """The truth of one scan."""

    seed: int
    shape: tuple[int, int, int]
    """Slices, rows and columns."""
    spacing_mm: tuple[float, float, float]
    kernel: Literal["soft", "sharp"]
    noise_hu: float
    has_contrast: bool
    nodules: tuple[NoduleTruth, ...]
    decoys: tuple[Decoy, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        return {"scene": "ct", **asdict(self)}


@dataclass(frozen=True)
class SetInTruth:
    """What was set into a real scan; of what was there before nothing is known."""

    seed: int
    scan: str
    """What it was read from."""
    shape: tuple[int, int, int]
    """Voxels along the axes of the file."""
    spacing_mm: tuple[float, float, float]
    noise_hu: float
    """Of its soft tissue, which the nodules have too."""
    nodules: tuple[NoduleTruth, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        return {"scene": "ct", **asdict(self)}
