"""What a training run for lung nodules is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import AnchoredPath, RunConfig, Section
from models.training.config import CardConfig
from models.training.seeds import SeedParts, SeedRow
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


class NodulesConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scans: ScansConfig
    luna16: RecordedConfig | None = None
    false_alarms_per_scan: float = Field(1.0, gt=0)  # of the validation scans, at the score from which on it is told
    fit: FitConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that simulate
