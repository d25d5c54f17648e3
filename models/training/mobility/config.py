"""What a training run for mobility is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import RunConfig
from models.training.config import CardConfig, SceneConfig, ScenePart
from models.training.steps import StepsConfig


class MobilityScenes(SceneConfig):
    # The CNN learns from those of `train`; the convolutions over time learn from these, which it is never shown: of
    # scenes that it knows it says far too surely what goes on.
    time: ScenePart

    @property
    def parts(self) -> tuple[ScenePart, ...]:
        return (*super().parts, self.time)


class MobilityConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scenes: MobilityScenes  # rendered as those of the bedside model
    scene_rate_hz: float = Field(5.0, ge=2.5)  # frames a second of the rendered videos
    frame_steps: StepsConfig  # of the CNN, on frames
    views: int = Field(1, ge=0)  # other cameras through which each scene of `time` is described as well
    time_steps: StepsConfig  # of the convolutions over time, on scenes
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that render; cores that share a batch of frames
