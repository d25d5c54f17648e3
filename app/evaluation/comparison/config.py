"""What a comparison of networks is told, read from YAML; whatever is wrong is named with its line."""

from typing import Any, Literal

from pydantic import Field, model_validator

from app.evaluation.config import ReportConfig, TruthConfig
from models.config_file import Section
from models.training.config import ClipConfig
from models.training.streams import StreamKind
from models.training.video_config import FitConfig, TwoStepConfig


class StreamConfig(Section):
    network: str  # in the registry
    kind: StreamKind = "frames"  # what it sees of a clip
    options: dict[str, Any] = Field(default_factory=dict)


class ContestantConfig(Section):
    name: str
    streams: tuple[StreamConfig, ...] = Field(min_length=1)
    fusion: Literal["mean", "sum_of_logits"] = "mean"  # of the streams' softmax, or of their logits
    two_step: TwoStepConfig | None = None  # frame CNN first, memory after; absent: jointly


class SplitConfig(Section):
    name: str
    labels: tuple[str, ...]  # "none" first, for the time in which nothing else is true
    truth: TruthConfig
    test_share: float = Field(0.3, gt=0, lt=1)  # of the groups, unless test_where names the test videos
    validation_share: float = Field(0.2, gt=0, lt=1)
    divide_by: str | None = None  # group that is never divided; absent: every video by itself
    test_where: dict[str, str] = Field(
        default_factory=dict
    )  # group: member whose videos are the test, such as subject: S2

    @model_validator(mode="after")
    def _starts_with_none(self) -> "SplitConfig":
        if len(self.labels) < 2 or self.labels[0] != "none":
            raise ValueError(f"the first of at least two labels must be none, got {', '.join(self.labels)}")
        return self


class ComparisonConfig(ReportConfig):
    clip: ClipConfig
    crop: tuple[int, int]  # height and width
    fit: FitConfig
    contestants: tuple[ContestantConfig, ...] = Field(min_length=1)
    splits: tuple[SplitConfig, ...] = Field(min_length=1)
    seed: int = Field(0, ge=0)
    threads: int = Field(1, ge=1)
    num_resamples: int = Field(1000, ge=10)
