"""What a training run on pictures or volumes is made of, read from YAML; unknown keys are refused."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from models.config_file import AnchoredPath, RunConfig, Section
from models.training.config import CardConfig
from models.training.pictures.lesson import Lesson
from models.training.pictures.pixel_classes import Weighting
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig

Layout = Literal["label_maps", "masks", "coco", "pairs"]
"""How labels are written: a map of numbers a picture, a mask an object (as DSB2018), COCO's JSON, or named in pairs."""


class PairConfig(Section):
    picture: AnchoredPath  # or volume; of several in one file `#` chooses one: scan.h5#raw
    labels: AnchoredPath
    # Of both, the first index and the one behind the last, along each axis; absent: all of them.
    part: tuple[tuple[int, int], ...] | None = None


class PictureDataConfig(Section):
    """Pictures with their labels; relative paths start at the configuration file."""

    layout: Layout
    pictures: AnchoredPath | None = None  # folder
    annotations: AnchoredPath | None = None  # COCO's JSON, or the folder of label maps where it is another one
    pairs: tuple[PairConfig, ...] = ()
    picture_ending: str = "_img"  # of the names of pictures, before the suffix, where labels lie beside them
    label_ending: str = "_labels"
    table: AnchoredPath | None = None  # CSV whose column id names a picture; its others are groups, such as look
    spread_over: str | None = None  # group of which every part gets its share, such as look
    divide_by: str | None = None  # group whose members all go to one part, such as patient
    validation_share: float = Field(0.2, ge=0, lt=1)
    test_share: float = Field(0.2, ge=0, lt=1)

    @model_validator(mode="after")
    def _says_where(self) -> "PictureDataConfig":
        if self.layout == "pairs":
            wanted, found = "pairs", bool(self.pairs)
        elif self.layout == "coco":
            wanted, found = "pictures and annotations", bool(self.pictures and self.annotations)
        else:
            wanted, found = "pictures", bool(self.pictures)
        if not found:
            raise ValueError(f"the layout {self.layout} needs {wanted}")
        return self


class PictureRunConfig(RunConfig):
    """A run on pictures or volumes, of whatever kind."""

    network: str  # in the registry
    network_options: dict[str, Any] = Field(default_factory=dict)  # the number of classes is known already
    labels: tuple[str, ...] = Field(min_length=1)  # what there is beside the background, in the order of the numbers
    data: PictureDataConfig
    validation_data: PictureDataConfig | None = None  # absent: a share of `data`
    test_data: PictureDataConfig | None = None
    crop: tuple[int, ...] = Field(min_length=2, max_length=3)  # of views, (H, W) or (D, H, W)
    views: ViewConfig = ViewConfig()
    balance_over: str | None = None  # group of data.table whose rarer members are drawn more often, such as look
    fit: FitConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # that share every batch; fixed: the last bits depend on it
    device: str = "cpu"  # or cuda

    @property
    def lesson(self) -> Lesson:
        return Lesson(self.fit, self.crop, self.views, self.seed, self.threads, self.balance_over)

    @property
    def is_of_volumes(self) -> bool:
        return len(self.crop) == 3


class TiledConfig(PictureRunConfig):
    """A run whose model looks at large pictures tile by tile."""

    tile: tuple[int, ...] = ()  # most that is looked at once when the model is used; absent: three crops each way
    overlap: int | None = Field(None, ge=0)  # of tiles, pixels; absent: a third of their shortest side, at most 64

    @property
    def serving_options(self) -> dict[str, Any]:
        """What the card says of how the model is used."""
        tile = self.tile or tuple(3 * length for length in self.crop)
        return {"tile": list(tile), "overlap": min(min(tile) // 3, 64) if self.overlap is None else self.overlap}

    @model_validator(mode="after")
    def _tiles_get_on(self) -> Self:
        tile, overlap = self.serving_options["tile"], self.serving_options["overlap"]
        if len(tile) != len(self.crop) or min(tile) <= overlap:
            raise ValueError(f"tile must have as many sides as crop, longer than their overlap {overlap}, got {tile}")
        return self


class DetectionConfig(TiledConfig):
    """Objects: boxes, and with a network that has them, masks."""


class PixelConfig(TiledConfig):
    """A class for every pixel."""

    numbers: Literal["classes", "objects"] = "classes"  # what the numbers of label maps stand for
    unknown: int | None = None  # number of pixels that nobody labelled
    weighting: Weighting = "classes"

    @model_validator(mode="after")
    def _is_of_pictures(self) -> Self:
        if self.is_of_volumes:
            raise ValueError("crop must be height and width; networks for voxels are trained by kind: volumes")
        return self
