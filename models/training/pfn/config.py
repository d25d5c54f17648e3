"""What a training run for perifissural nodules is made of, read from YAML; unknown keys are refused."""

from pydantic import Field, model_validator

from models.config_file import RunConfig, Section
from models.training.config import CardConfig
from models.training.seeds import SeedRow, require_no_seed_twice


class PfnScansConfig(Section):
    """Simulated CT, by seeds."""

    train: SeedRow
    test: SeedRow  # metrics are measured on these
    size: int = Field(256, ge=64)  # rows and columns
    num_slices: int = Field(120, ge=16)
    num_nodules: int = Field(14, ge=1)  # of each scan

    @model_validator(mode="after")
    def _no_seed_twice(self) -> "PfnScansConfig":
        require_no_seed_twice({"train": self.train, "test": self.test})
        return self


class PfnConfig(RunConfig):
    scans: PfnScansConfig
    views: int = Field(3, ge=1)  # copies of each nodule to learn from, each cut out a little to the side
    weight_decay: float = Field(0.003, gt=0)  # of the first stage
    folds: int = Field(5, ge=2)  # in which the second stage's examples are made: no view is judged by who knows it
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that simulate
