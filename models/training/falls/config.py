"""What a training run for falls is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field, field_validator

from models.config_file import AnchoredPath, RunConfig, Section
from models.falls.labels import LABELS
from models.training.config import CardConfig, SceneConfig
from models.training.video_config import FitConfig


class RecordedConfig(Section):
    """Real recordings of people who fall and who do not; relative paths start at the configuration file."""

    videos: AnchoredPath  # folder with its segments.csv and clips.csv
    rename: dict[str, str] = Field(default_factory=dict)  # label in the data set: label of the model; others: no label
    ordinary: tuple[AnchoredPath, ...] = ()  # videos of other places, in which nobody falls
    speeds: tuple[float, ...] = (1.0,)  # at which each recording is learned from; the first is 1, as it is judged
    views: int = Field(1, ge=1)  # as it is, then as so many less one other cameras would show it
    ordinary_views: int = Field(1, ge=1)  # the same of videos without a fall; every other one of them runs backwards
    fold_by: str = "subject"  # group that is held out, one after the other, to see how well others are known
    fall_seconds: float = Field(1.4, gt=0)  # from the loss of balance to the floor, where only the former is known

    @field_validator("rename")
    @classmethod
    def _leads_to_labels(cls, rename: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(rename.values()) - set(LABELS))
        if unknown:
            raise ValueError(f"must lead to one of {', '.join(LABELS)}, got {', '.join(unknown)}")
        return rename

    @field_validator("speeds")
    @classmethod
    def _begins_with_one(cls, speeds: tuple[float, ...]) -> tuple[float, ...]:
        if not speeds or speeds[0] != 1 or min(speeds) <= 0:
            raise ValueError(f"must begin with 1 and be positive, got {speeds}")
        return speeds


class FallsConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    recorded: RecordedConfig
    home: SceneConfig  # simulated rooms in which somebody may fall
    bedside: SceneConfig  # simulated rooms in which a patient is mobilised, and nobody falls
    regions: int = Field(2, ge=1)  # ways of looking at each clip of a fall: another margin around what moves
    fit: FitConfig
    most_false_alarms_per_hour: float = Field(0.5, gt=0)  # thresholds are chosen below it, where that can be
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that render
