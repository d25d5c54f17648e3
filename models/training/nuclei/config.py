"""What a training run for nuclei is made of, read from YAML; unknown keys are refused."""

from typing import Any

from pydantic import Field

from models.config_file import RunConfig, Section
from models.nuclei.pipeline import Stages
from models.training.config import CardConfig
from models.training.nuclei.widening.paintings import PaintingConfig
from models.training.pictures.config import PictureDataConfig
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig


class ServingConfig(Section):
    """How the taught network is asked."""

    finer_scales: tuple[float, ...] = Stages.finer_scales  # beyond the normal one
    least_centre: float = Field(Stages.least_centre, gt=0, lt=1)  # probability from which there is a centre
    least_nucleus: float = Field(Stages.least_nucleus, gt=0, lt=1)  # probability from which a pixel is of a nucleus

    @property
    def stages(self) -> Stages:
        return Stages(**self.model_dump())


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
    serving: ServingConfig = ServingConfig()
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)
