"""What an evaluation of sparse annotation is told, read from YAML; whatever is wrong is named with its line."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from models.key_problems import explain
from models.training.config_file import Section
from models.training.volumes.config import ConsistencyConfig, SliceConfig
from models.yaml_lines import read_lined_yaml


class AnnotationConfig(Section):
    kind: Literal["annotation"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: str = ""
    note: str = ""
    training: Path  # a run on volumes, whose first training volume is annotated all through
    counts: tuple[int, ...] = Field(min_length=1)  # of annotated slices
    held_out: SliceConfig  # slices that no training sees, and on which all are measured
    consistency: ConsistencyConfig | None = None  # tried beside, with the counts below
    consistency_counts: tuple[int, ...] = ()


def load_annotation_config(path: Path) -> AnnotationConfig:
    """Read a configuration; its relative paths start at the file itself.

    Raises:
        ValueError: it cannot be read, or a key or value is wrong; one line `file:line: key: reason` for each.
    """
    content = read_lined_yaml(path)
    try:
        config = AnnotationConfig.model_validate(content.values)
    except ValidationError as error:
        raise ValueError(explain(error, content)) from error
    return config.model_copy(update={"training": (path.parent / config.training).resolve()})
