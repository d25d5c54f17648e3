"""What `vigil evaluate` is told of pictures (`kind: pictures`), read from YAML; errors name file and line."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from app.evaluation.config import ResamplingConfig
from models.key_problems import explain
from models.training.config_file import Section
from models.training.pictures.config import PictureDataConfig
from models.yaml_lines import read_lined_yaml


class PictureEvaluationConfig(Section):
    kind: Literal["pictures"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: str = ""
    note: str = ""  # stands at the head of the report: what the reader must know
    data: PictureDataConfig  # pictures with what is true of them, as `vigil train` reads them
    labels: tuple[str, ...] = Field(min_length=1)  # in the order of the numbers
    judge: Literal["objects", "classes"] = "objects"  # what the numbers of label maps stand for
    model: str | None = None  # to run
    predictions: Path | None = None  # results of `vigil analyze`; absent: the model is run
    groups: tuple[str, ...] = ()  # columns of data.table by which to break down, such as look
    resampling: ResamplingConfig = ResamplingConfig()

    @property
    def heading(self) -> str:
        return self.title or self.name

    @model_validator(mode="after")
    def _has_answers(self) -> "PictureEvaluationConfig":
        if self.model is None and self.predictions is None:
            raise ValueError("either model (to run) or predictions (results of vigil analyze) is required")
        return self


def load_picture_evaluation(path: Path) -> PictureEvaluationConfig:
    """Read a configuration; its relative paths start at the file itself.

    Raises:
        ValueError: it cannot be read, or a key or value is wrong; one line `file:line: key: reason` for each.
    """
    content = read_lined_yaml(path)
    try:
        config = PictureEvaluationConfig.model_validate(content.values)
    except ValidationError as error:
        raise ValueError(explain(error, content)) from error
    predictions = (path.parent / config.predictions).resolve() if config.predictions else None
    return config.model_copy(update={"data": config.data.anchored(path.parent), "predictions": predictions})
