"""What a training run of the echo models is made of, read from YAML."""

from typing import Any

from pydantic import Field, model_validator

from models.config_file import RunConfig, Section
from models.training.schedule import ScheduleConfig


class LoopPart(Section):
    first: int = Field(ge=0)  # seed
    count: int = Field(ge=1)  # loops of the apical four-chamber view
    two_chamber: int = Field(ge=1)  # loops of the apical two-chamber view
    others: int = Field(ge=1)  # loops of each other view

    @property
    def seeds(self) -> range:
        return range(self.first, self.first + max(self.count, self.two_chamber, self.others))


class LoopConfig(Section):
    train: LoopPart
    beats: int = Field(ge=1)  # whose true moving masks teach the ejection fraction
    rendered_beats: int = Field(ge=1)  # whose masks are found in pictures by the frame network
    test: LoopPart  # metrics are measured on these

    @model_validator(mode="after")
    def _no_seed_twice(self) -> "LoopConfig":
        last = self.train.seeds[-1] + 1 + self.beats + self.rendered_beats
        taught = range(self.train.first, last)
        if set(taught) & set(self.test.seeds):
            raise ValueError("train and test must not share a seed")
        return self


class StageConfig(ScheduleConfig):
    """One network's training."""

    network_options: dict[str, Any] = Field(default_factory=dict)
    warmup_steps: int = Field(20, ge=0)
    weight_decay: float = Field(0.01, ge=0)


class EchoCardConfig(Section):
    """What a person must know of the models beside their numbers."""

    licence: str
    intended_use: str
    training: str
    limits: str


class EchoTrainConfig(RunConfig):
    frames_name: str  # of the model that finds the ventricle and tells the view
    loops: LoopConfig
    frames: StageConfig
    ef: StageConfig
    card: EchoCardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)
