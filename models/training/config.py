"""What a training run is made of, read from YAML; unknown keys are refused."""

from typing import Any

import numpy as np
from pydantic import Field, field_validator, model_validator

from models.config_file import RunConfig, Section
from models.predictor import ClipSpec
from models.serving import FRAMES_PER_SLICE
from models.training.schedule import ScheduleConfig
from models.training.seeds import SeedParts, SeedRow


class ClipConfig(Section):
    num_frames: int = Field(ge=4)
    frame_rate_hz: float = Field(gt=0)
    stride_seconds: float = Field(gt=0)  # between the starts of two clips when the model is used
    short_side: int = Field(ge=32)  # pixels

    @property
    def spec(self) -> ClipSpec:
        return ClipSpec(**self.model_dump())

    @model_validator(mode="after")
    def _is_sound(self) -> "ClipConfig":
        self.spec  # noqa: B018  # checks that the stride is a whole number of frames
        return self


class StreamConfig(Section):
    """Asks for a model that is trained, measured and served as a stream: one answer a slice of 8 frames."""

    sequence_frames: int = Field(ge=3 * FRAMES_PER_SLICE, multiple_of=FRAMES_PER_SLICE)  # of a sample in training
    # Of a slice in which nothing happens, against one in which something does: stretches hold many of the former.
    none_weight: float = Field(1.0, gt=0, le=1)


class ScenePart(SeedRow):
    duration_seconds: float = Field(ge=30)  # of each scene


class SceneConfig(SeedParts[ScenePart]):
    sizes: tuple[tuple[int, int], ...]  # width and height of the pictures; seed k takes entry k modulo their number


class OptimiserConfig(ScheduleConfig):
    average_decay: float = Field(0.995, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=0.5)
    none_share: float = Field(0.36, gt=0, lt=1)  # of the clips of a batch in which nothing happens
    border_seconds: float = Field(0.4, ge=0)  # clips whose centre is so near an event's border teach nothing


class CardConfig(Section):
    """What a person must know of the model beside its numbers; goes into the card as it is."""

    preprocessing: str
    licence: str
    intended_use: str
    training: str  # data, recipe and exact command
    limits: str


class TrainConfig(RunConfig):
    network: str  # in the registry
    network_options: dict[str, Any] = Field(default_factory=dict)
    start_from: str | None = None  # a trained model whose weights are taken as far as names and shapes fit
    labels: tuple[str, ...]
    clip: ClipConfig
    stream: StreamConfig | None = None  # absent: every clip is trained, measured and served by itself
    scenes: SceneConfig
    optimiser: OptimiserConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(
        2, ge=1
    )  # that share every batch, and processes that render; fixed: the last bits depend on it
    event_tolerance_seconds: float = Field(1.0, ge=0)  # how far apart a found event and a true one may lie
    f1_for_sooner_alerts: float = Field(0.0, ge=0, lt=1)  # that may be lost on the validation scenes

    @field_validator("labels")
    @classmethod
    def _starts_with_none(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if len(labels) < 2 or labels[0] != "none":
            raise ValueError(f"the first of at least two labels must be none, got {labels}")
        return labels

    @model_validator(mode="after")
    def _one_slice_a_clip(self) -> "TrainConfig":
        frames = self.clip.num_frames, self.clip.stride_seconds * self.clip.frame_rate_hz
        wanted = (2 * FRAMES_PER_SLICE, FRAMES_PER_SLICE)
        if self.stream and not np.allclose(frames, wanted):
            raise ValueError(
                f"a streamed model answers once a slice: its clips must have {wanted[0]} frames and start "
                f"{wanted[1]} frames apart, got {frames[0]} and {frames[1]:g}"
            )
        return self
