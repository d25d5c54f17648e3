"""What a training run for mobility is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.training.config import CardConfig, SceneConfig
from models.training.config_file import RunConfig, Section


class StepsConfig(Section):
    """How one part of the network is trained."""

    steps: int = Field(ge=1)
    batch_size: int = Field(ge=1)  # frames, or scenes
    learning_rate: float = Field(gt=0)  # highest; warmed up to, then cosine to zero
    warmup_steps: int = Field(0, ge=0)
    weight_decay: float = Field(0.02, ge=0)
    average_decay: float = Field(0.99, ge=0, lt=1)  # of the running average of the weights that is kept


class MobilityConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scenes: SceneConfig  # rendered as those of the bedside model
    scene_rate_hz: float = Field(5.0, ge=2.5)  # frames a second of the rendered videos
    frame_steps: StepsConfig  # of the CNN
    time_steps: StepsConfig  # of the convolutions over time
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that render; cores that share a batch of frames
