"""What an evaluation of cardiac MR is told, read from YAML; whatever is wrong is named with its line."""

from typing import Any

from pydantic import Field

from app.evaluation.config import ReportConfig
from models.config_file import AnchoredPath
from models.training.video_config import FitConfig
from models.training.volumes.bending import BendConfig
from models.training.volumes.shading import ShadeConfig


class CardiacConfig(ReportConfig):
    data: AnchoredPath  # a folder of Sunnybrook Cardiac Data: labels.csv, then contours/ and dicom.tar.xz a patient
    annotate_every: int = Field(3, ge=2)  # slices, where a patient is segmented from some slices of the same patient
    crop: int = Field(128, ge=32)  # pixels around the middle of the picture that are read
    network_options: dict[str, Any] = Field(default_factory=dict)
    patch: tuple[int, int, int] = (12, 96, 96)
    bend: BendConfig = BendConfig()
    shades: ShadeConfig = ShadeConfig()
    fit: FitConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)
