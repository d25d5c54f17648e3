"""What an evaluation of sparse annotation is told, read from YAML; whatever is wrong is named with its line."""

from pydantic import Field

from app.evaluation.config import ReportConfig
from models.config_file import AnchoredPath
from models.training.volumes.config import ConsistencyConfig, SliceConfig


class AnnotationConfig(ReportConfig):
    training: AnchoredPath  # a run on volumes, whose first training volume is annotated all through
    counts: tuple[int, ...] = Field(min_length=1)  # of annotated slices
    held_out: SliceConfig  # slices that no training sees, and on which all are measured
    consistency: ConsistencyConfig | None = None  # tried beside, with the counts below
    consistency_counts: tuple[int, ...] = ()
