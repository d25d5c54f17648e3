"""What a training run for nuclei is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import RunConfig
from models.training.config import CardConfig
from models.training.nuclei.widening.paintings import PaintingConfig
from models.training.pictures.config import PictureDataConfig
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig


class NucleiConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    data: PictureDataConfig
    crop: tuple[int, int] = (192, 192)  # of views at the normal scale
    views: ViewConfig = ViewConfig()
    balance_over: str | None = None  # group of data.table whose rarer members are drawn more often, such as kind
    fit: FitConfig
    fit_on_all: FitConfig | None = None  # then on all pictures, measured ones too; absent: not done
    crowded_copies: int = Field(0, ge=0)  # of every picture, with more of its own nuclei
    paintings: PaintingConfig | None = None  # to learn from as well; absent: none
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)
