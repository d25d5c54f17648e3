"""What is really in a simulated PET of a brain."""

from dataclasses import asdict, dataclass
from typing import Any

from models.simulation.pet.lesions import LesionKind
from models.simulation.pet.scanner import Scanner


@dataclass(frozen=True)
class TrueLesion:
    """One lesion; its number is that of its voxels in the label map."""

    number: int
    kind: LesionKind
    contrast: float
    """Uptake against the brain's mean."""
    centre_mm: tuple[float, float, float]
    """LPS, mean of its voxels."""
    volume_mm3: float
    diameter_mm: float
    """Of a ball of that volume."""


@dataclass(frozen=True)
class Injection:
    """What the patient was given; uptake is counted against it."""

    patient_kg: float
    dose_bq: float
    delay_seconds: float
    """From the injection to the scan."""


@dataclass(frozen=True)
class PetTruth:
    """The truth of one scan."""

    seed: int
    tracer: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    orientation: str
    brain_suv: float
    """Mean uptake of the healthy brain."""
    blood_suv: float
    scanner: Scanner
    injection: Injection
    lesions: tuple[TrueLesion, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        return {"scene": "pet", **asdict(self)}
