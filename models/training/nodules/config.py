"""What a training run for lung nodules is made of, read from YAML; unknown keys are refused."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from models.config_file import AnchoredLocation, AnchoredPath, RunConfig, Section
from models.training.config import CardConfig
from models.training.seeds import SeedParts, SeedRow, require_no_seed_twice
from models.training.video_config import FitConfig


class ScansConfig(SeedParts[SeedRow]):
    """Simulated CT, by seeds."""

    size: int = Field(256, ge=64)  # rows and columns
    num_slices: int = Field(120, ge=16)
    train_nodules: int = Field(10, ge=1)  # of each scan to learn from; others have as many as the simulator draws


class RecordedConfig(Section):
    """Real CT laid out as LUNA16's, to learn from and to be measured on; relative paths start at the configuration."""

    scans: AnchoredPath
    test_share: float = Field(0.2, gt=0, lt=1)  # of the scans, by name


BodySide = Literal["left", "right"]


class RealConfig(Section):
    """Real CT whose nodules nobody knows, to set known ones into: one lung to learn from, one to be measured on."""

    scans: list[AnchoredLocation] = Field(min_length=1)
    taught_side: BodySide = "left"  # of every patient; the other is measured on
    train: SeedRow  # copies of each scan, each mirrored, stretched and noisier by its seed
    test: SeedRow  # copies of each scan, as they are but for the nodules
    num_nodules: int = Field(4, ge=1, le=30)  # of each copy, where there is room

    @model_validator(mode="after")
    def _no_seed_twice(self) -> Self:
        require_no_seed_twice({"train": self.train, "test": self.test})
        return self

    @property
    def measured_side(self) -> BodySide:
        return "right" if self.taught_side == "left" else "left"


class NodulesConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scans: ScansConfig
    luna16: RecordedConfig | None = None
    real: RealConfig | None = None
    false_alarms_per_scan: float = Field(1.0, gt=0)  # of the validation scans, at the score from which on it is told
    fit: FitConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that simulate
