"""What a cross-validation for nuclei is told, read from YAML; whatever is wrong is named with its line."""

from pydantic import Field

from app.evaluation.config import ReportConfig, ResamplingConfig
from models.config_file import AnchoredPath


class NucleiFoldsConfig(ReportConfig):
    training: AnchoredPath  # a run for nuclei, whose pictures are used and whose networks are taught
    folds: int = Field(3, ge=2)  # each is found by a network that learned from the others
    spread_over: tuple[str, ...] = ()  # columns of the run's data.table, such as look: each fold gets its share of each
    steps: int = Field(ge=1)  # of every network; none stops early, since nothing is left to choose by
    with_paintings: bool = False  # whether painters are taught for every fold, where the run has them
    with_ablations: bool = True  # whether each stage is left out in turn
    groups: tuple[str, ...] = ()  # columns by which to break down
    resampling: ResamplingConfig = ResamplingConfig()
