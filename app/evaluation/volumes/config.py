"""What `vigil evaluate` is told of objects in volumes (`kind: volumes`), read from YAML."""

from pydantic import Field, model_validator

from app.evaluation.config import ResamplingConfig
from models.config_file import RunConfig
from models.training.pictures.config import PictureDataConfig


class VolumeEvaluationConfig(RunConfig):
    title: str = ""
    note: str = ""  # stands at the head of the report: what the reader must know
    data: PictureDataConfig  # volumes with numbered objects, as `vigil train` reads them
    labels: tuple[str, ...] = Field(min_length=1, max_length=1)  # what the objects are
    model: str  # to run
    spacing_mm: tuple[float, float, float] | None = None  # along D, H and W, of files that do not tell it
    resampling: ResamplingConfig = ResamplingConfig()

    @property
    def heading(self) -> str:
        return self.title or self.name

    @model_validator(mode="after")
    def _has_label_maps(self) -> "VolumeEvaluationConfig":
        if self.data.layout not in ("pairs", "label_maps"):
            raise ValueError(f"data.layout must be pairs or label_maps for volumes, got {self.data.layout}")
        return self
