"""What a training run for PET lesions is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import RunConfig
from models.simulation.pet.lesions import CONTRASTS
from models.training.config import CardConfig
from models.training.seeds import SeedParts, SeedRow
from models.training.video_config import FitConfig
from models.training.volumes.bending import BendConfig
from models.training.volumes.shading import ShadeConfig


class ScanConfig(SeedParts[SeedRow]):
    """Simulated scans, by their seeds."""

    # Least and most uptake of lesions against the brain's, in training and validation; those of the test scans are the
    # simulator's own. Who is taught fainter ones misses fewer.
    contrasts: tuple[float, float] = CONTRASTS


class PetLesionConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scans: ScanConfig
    bend: BendConfig = BendConfig()
    shades: ShadeConfig = ShadeConfig()
    dice_share: float = Field(0.5, ge=0, le=1)  # of the loss; the rest is cross-entropy
    fit: FitConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # that simulate, and share every batch
