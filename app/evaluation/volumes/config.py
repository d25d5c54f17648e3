"""What `vigil evaluate` is told of objects in volumes (`kind: volumes`), read from YAML."""

from pydantic import Field, model_validator

from app.evaluation.config import ReportConfig, ResamplingConfig
from models.training.pictures.config import PictureDataConfig


class VolumeEvaluationConfig(ReportConfig):
    data: PictureDataConfig  # volumes with numbered objects, as `vigil train` reads them
    labels: tuple[str, ...] = Field(min_length=1, max_length=1)  # what the objects are
    model: str  # to run
    spacing_mm: tuple[float, float, float] | None = None  # along D, H and W, of files that do not tell it
    resampling: ResamplingConfig = ResamplingConfig()

    @model_validator(mode="after")
    def _has_label_maps(self) -> "VolumeEvaluationConfig":
        if self.data.layout not in ("pairs", "label_maps"):
            raise ValueError(f"data.layout must be pairs or label_maps for volumes, got {self.data.layout}")
        return self
