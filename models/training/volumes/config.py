"""What a training run on a user's own volumes is made of, read from YAML; unknown keys are refused."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from models.config_file import AnchoredLocation, RunConfig, Section
from models.training.video_config import FitConfig
from models.training.volumes.bending import BendConfig
from models.training.volumes.shading import ShadeConfig


class SliceConfig(Section):
    """Slices of a volume that somebody annotated, by their index; all other voxels count as unlabelled."""

    depth: tuple[int, ...] = ()
    height: tuple[int, ...] = ()
    width: tuple[int, ...] = ()


class VolumeSource(Section):
    """A volume and its label map; relative paths start at the configuration file."""

    image: AnchoredLocation  # as `vigil analyze` takes it: a file, a folder of DICOM, or a data set as scan.h5#raw
    labels: AnchoredLocation  # a map of whole numbers in any format; of the image's grid, or of some of its slices
    slices: SliceConfig | None = None  # absent: the whole label map counts
    spacing_mm: tuple[float, float, float] | None = None  # along D, H and W, of files that do not tell it


class BorderConfig(Section):
    """Heavier weights for the gaps between objects that nearly touch (Ronneberger et al. 2015)."""

    weight: float = Field(10.0, ge=0)
    sigma_voxels: float = Field(2.0, gt=0)


class ConsistencyConfig(Section):
    """Lets unlabelled voxels teach: the network must answer as the running average of itself, under other noise."""

    weight: float = Field(1.0, gt=0)  # of the loss, in the end
    ramp_steps: int = Field(100, ge=1)  # until the weight is reached
    decay: float = Field(0.98, gt=0, lt=1)  # of the running average


class VolumeCardConfig(Section):
    """What a person must know of the model beside its numbers; goes into the card."""

    licence: str = "That of the volumes that it was trained on."
    intended_use: str = "Labels voxels of volumes like those it was trained on. Not for clinical use."
    limits: str = "Knows volumes like those it was trained on only."


class VolumesConfig(RunConfig):
    network: Literal["unet3d", "unet3d_original"] = "unet3d"
    network_options: dict[str, Any] = Field(default_factory=dict)  # channels and classes are known already
    labels: tuple[str, ...] = Field(min_length=2)  # of the numbers 0, 1, ... in label maps, the background first
    are_instances: bool = False  # every number from 1 on is an object of the second label
    unlabelled: int | None = Field(None, ge=0)  # number in label maps that says that nobody labelled the voxel
    train: tuple[VolumeSource, ...] = Field(min_length=1)
    validation: tuple[VolumeSource, ...] = ()  # absent: the training volumes, as they are
    test: tuple[VolumeSource, ...] = ()  # metrics are measured on these; absent: on what was annotated for training
    patch: tuple[int, int, int] = (32, 64, 64)  # voxels along D, H and W that the network sees at once
    class_weights: Literal["balanced", "equal"] | tuple[float, ...] = "balanced"
    border: BorderConfig | None = None
    bend: BendConfig | None = BendConfig()
    shades: ShadeConfig | None = ShadeConfig()
    dice_share: float = Field(0.5, ge=0, le=1)  # of the loss; the rest is cross-entropy
    consistency: ConsistencyConfig | None = None
    fit: FitConfig = FitConfig(
        steps=400,
        batch_size=2,
        learning_rate=0.003,
        warmup_steps=20,
        weight_decay=0.01,
        average_decay=0.98,
        patience=1000,
    )
    card: VolumeCardConfig = VolumeCardConfig()
    seed: int = Field(0, ge=0)
    threads: int = Field(2, ge=1)  # that share every batch; fixed: the last bits depend on it

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must differ, got {', '.join(self.labels)}")
        if self.are_instances and len(self.labels) != 2:
            raise ValueError(f"instances are of one kind: labels must be two, got {', '.join(self.labels)}")
        if isinstance(self.class_weights, tuple) and len(self.class_weights) != len(self.labels):
            raise ValueError(f"class_weights must be one for each of {len(self.labels)} labels")
        if self.border and not self.are_instances:
            raise ValueError("border needs are_instances: true, since it weighs the gaps between objects")
        if self.consistency and self.threads > 1:
            raise ValueError("consistency is trained on one thread: set threads to 1")
        return self
