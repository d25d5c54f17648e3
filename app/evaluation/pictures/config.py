"""What `vigil evaluate` is told of pictures (`kind: pictures`), read from YAML; errors name file and line."""

from typing import Literal

from pydantic import Field, model_validator

from app.evaluation.config import ReportConfig, ResamplingConfig
from models.config_file import AnchoredPath, Section
from models.training.pictures.config import PictureDataConfig


class CtSlicesConfig(Section):
    """The pictures are axial slices of CT, or parts of them: for models that read CT slice by slice."""

    window_hu: tuple[float, float]  # that black and white stand for
    pixel_mm_column: str = "pixel_mm"  # of data.table: the size of each picture's pixels


class PictureEvaluationConfig(ReportConfig):
    data: PictureDataConfig  # pictures with what is true of them, as `vigil train` reads them
    labels: tuple[str, ...] = Field(min_length=1)  # in the order of the numbers
    judge: Literal["objects", "classes"] = "objects"  # what the numbers of label maps stand for
    model: str | None = None  # to run
    ct_slices: CtSlicesConfig | None = None
    predictions: AnchoredPath | None = None  # results of `vigil analyze`; absent: the model is run
    groups: tuple[str, ...] = ()  # columns of data.table by which to break down, such as look
    resampling: ResamplingConfig = ResamplingConfig()

    @model_validator(mode="after")
    def _has_answers(self) -> "PictureEvaluationConfig":
        if self.model is None and self.predictions is None:
            raise ValueError("either model (to run) or predictions (results of vigil analyze) is required")
        return self
