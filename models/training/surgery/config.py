"""What a training run for surgical phases is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field, model_validator

from models.config_file import AnchoredPath, RunConfig, Section
from models.training.config import CardConfig
from models.training.seeds import SeedRow, require_no_seed_twice
from models.training.steps import StepsConfig


class OperationPart(SeedRow):
    """Simulated operations with seeds in a row."""

    hours: tuple[float, float] | None = None  # shortest and longest; null: as the simulator draws them


class OperationsConfig(Section):
    sizes: tuple[tuple[int, int], ...]  # width and height of the pictures; seed k takes entry k modulo their number
    frames: OperationPart  # the frame CNN learns from these
    train: OperationPart  # the memory learns from these and from those of `frames`
    test: OperationPart  # metrics are measured on these

    @property
    def parts(self) -> tuple[OperationPart, ...]:
        return self.frames, self.train, self.test

    @model_validator(mode="after")
    def _no_seed_twice(self) -> "OperationsConfig":
        require_no_seed_twice({"frames": self.frames, "train": self.train, "test": self.test})
        return self


class SurgicalPhaseConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    input_size: int = Field(112, ge=32)  # pixels, height and width of what the network sees
    frame_step_seconds: int = Field(4, ge=1)  # the CNN learns from every so manieth second
    operations: OperationsConfig | None = None  # simulated ones
    cholec80: AnchoredPath | None = None  # folder of recorded operations in Cholec80's layout, instead
    frame_steps: StepsConfig  # of the CNN
    memory_steps: StepsConfig  # of the LSTM
    sequence_seconds: int = Field(1400, ge=64)  # longest sequence that the memory learns from at once
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that render; cores that share a batch of frames

    @property
    def simulated(self) -> OperationsConfig:
        """The operations that are simulated.

        Raises:
            ValueError: the run is on recorded ones.
        """
        if self.operations is None:
            raise ValueError("this run is on recorded operations, it simulates none")
        return self.operations

    @model_validator(mode="after")
    def _one_source(self) -> "SurgicalPhaseConfig":
        if (self.operations is None) == (self.cholec80 is None):
            raise ValueError("either operations (simulated) or cholec80 (a folder) is required, and not both")
        return self
