"""What a training run for masks of nodules is made of, read from YAML; unknown keys are refused."""

from pathlib import Path
from typing import Any

from pydantic import Field

from models.config_file import RunConfig
from models.training.config import CardConfig
from models.training.pictures.config import DetectionConfig, PictureDataConfig
from models.training.pictures.views import ViewConfig
from models.training.seeds import SeedParts, SeedRow
from models.training.video_config import FitConfig

LABEL = "nodule"
PARTS = ("train", "validation", "test")


class SliceRow(SeedRow):
    num_nodules: int = Field(12, ge=1)  # of each scan


class SliceScansConfig(SeedParts[SliceRow]):
    """Simulated CT, by seeds, of which every so many slices one is kept, whatever it shows."""

    sizes: tuple[int, ...] = Field((512,), min_length=1)  # rows and columns; seed k takes entry k modulo their number
    num_slices: int = Field(60, ge=16)
    every: int = Field(3, ge=1)
    patch: int = Field(176, ge=32)  # pixels, of the parts of slices that are learned from; others are kept whole


class NoduleMaskConfig(RunConfig):
    network_options: dict[str, Any] = Field(default_factory=dict)
    scans: SliceScansConfig
    crop: tuple[int, int]  # of views, pixels
    tile: tuple[int, int]  # most that is looked at once when the model is used
    overlap: int = Field(96, ge=0)  # of tiles, pixels
    views: ViewConfig = ViewConfig()
    fit: FitConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # processes that simulate, and cores that share every batch

    def detection(self, slices: Path) -> DetectionConfig:
        """Return the run on the slices that lie in a folder, a folder a part."""
        train, validation, test = (
            PictureDataConfig(layout="label_maps", pictures=slices / part, validation_share=0, test_share=0)
            for part in PARTS
        )
        return DetectionConfig(
            name=self.name,
            network="nodule_mask",
            network_options=self.network_options,
            labels=(LABEL,),
            data=train,
            validation_data=validation,
            test_data=test,
            crop=self.crop,
            tile=self.tile,
            overlap=self.overlap,
            views=self.views,
            fit=self.fit,
            card=self.card,
            seed=self.seed,
            threads=self.threads,
        )
