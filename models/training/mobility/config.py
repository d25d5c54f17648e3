"""What a training run for mobility is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import RunConfig
from models.training.config import CardConfig, SceneConfig, ScenePart
from models.training.steps import StepsConfig


class MobilityScenes(SceneConfig):
    # The convolutions over time learn from these as well, which the CNN is never shown: of those of `train`, which it
    # knows, it says far too surely who takes part.
    time: ScenePart

    @property
    def parts(self) -> tuple[ScenePart, ...]:
        return (*super().parts, self.time)


class MobilityConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scenes: MobilityScenes  # rendered as those of the bedside model
    scene_rate_hz: float = Field(5.0, ge=2.5)  # frames a second of the rendered videos
    frame_steps: StepsConfig  # of the CNN, on frames
    # Other cameras through which each scene is described for `time_steps`; those of `time` also as they are.
    views: int = Field(1, ge=0)
    time_steps: StepsConfig  # of the convolutions over time, on scenes
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that render; cores that share a batch of frames
