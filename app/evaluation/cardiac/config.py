"""What an evaluation of cardiac MR is told, read from YAML; whatever is wrong is named with its line."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from models.key_problems import explain
from models.training.config_file import Section
from models.training.video_config import FitConfig
from models.training.volumes.bending import BendConfig
from models.training.volumes.shading import ShadeConfig
from models.yaml_lines import read_lined_yaml


class CardiacConfig(Section):
    kind: Literal["cardiac"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: str = ""
    note: str = ""
    data: Path  # a folder with labels.csv, and of each patient contours/ and dicom.tar.xz (Sunnybrook Cardiac Data)
    annotate_every: int = Field(3, ge=2)  # slices, where a patient is segmented from some slices of the same patient
    crop: int = Field(128, ge=32)  # pixels around the middle of the picture that are read
    network_options: dict[str, Any] = Field(default_factory=dict)
    patch: tuple[int, int, int] = (12, 96, 96)
    bend: BendConfig = BendConfig()
    shades: ShadeConfig = ShadeConfig()
    fit: FitConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)


def load_cardiac_config(path: Path) -> CardiacConfig:
    """Read a configuration; its relative paths start at the file itself.

    Raises:
        ValueError: it cannot be read, or a key or value is wrong; one line `file:line: key: reason` for each.
    """
    content = read_lined_yaml(path)
    try:
        config = CardiacConfig.model_validate(content.values)
    except ValidationError as error:
        raise ValueError(explain(error, content)) from error
    return config.model_copy(update={"data": (path.parent / config.data).resolve()})
