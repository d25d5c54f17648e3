"""What a training run on a data set of videos is made of."""

from typing import Any, Literal

from pydantic import Field, model_validator

from models.config_file import AnchoredPath, RunConfig, Section
from models.datasets.layouts import LAYOUTS
from models.training.config import CardConfig, ClipConfig
from models.training.inputs import InputKind
from models.training.recordings import NONE
from models.training.replicas import Precision
from models.training.schedule import ScheduleConfig


class DataConfig(Section):
    layout: str  # one of models/datasets/layouts.py
    videos: AnchoredPath  # folder of the videos; relative paths start at the configuration file
    annotations: AnchoredPath | None = None  # table, or folder of tables, where the layout has one
    rename: dict[str, str] = Field(default_factory=dict)  # label in the data set: label of the model
    ignore: tuple[str, ...] = ()  # labels of the data set that the model shall not know
    validation_share: float = Field(0.2, ge=0, lt=1)  # of the groups, where the data set does not name its parts
    test_share: float = Field(0.2, ge=0, lt=1)
    divide_by: str | None = None  # group that must not be divided, such as subject or camera
    short_videos: Literal["refuse", "pad", "skip"] = "refuse"  # those that are shorter than a clip

    @model_validator(mode="after")
    def _is_known(self) -> "DataConfig":
        if self.layout not in LAYOUTS:
            raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, got {self.layout!r}")
        return self


class SamplingConfig(Section):
    balance: bool = True  # every label is drawn as often as another; else every recording
    none_share: float | None = Field(None, gt=0, lt=1)  # of the clips in which nothing happens
    border_seconds: float = Field(0.0, ge=0)  # clips whose centre is so near to a start or end teach nothing
    augment: bool = True  # mirror, warp, recolour, blur, noise: alike in all frames of a clip
    change_speed: bool = False  # half of the clips up to a fifth slower or faster


class FitConfig(ScheduleConfig):
    """How the weights are found; also one stage of several."""

    gradient_limit: float = Field(5.0, gt=0)  # longest gradient; a longer one is shortened to it
    label_smoothing: float = Field(0.0, ge=0, lt=0.5)
    precision: Precision = "auto"  # of the activations: bf16, fp32, or what this machine is fast and right at
    validate_every: int = Field(50, ge=1)  # steps
    patience: int = Field(10, ge=1)  # validations without a better one after which training stops
    checkpoint_every: int = Field(50, ge=1)  # steps; a run that is killed goes on from the last


class TwoStepConfig(Section):
    """The usual recipe for a CNN with a memory: the CNN first, or as it is; then the memory on its features alone."""

    frames: FitConfig | None = None  # how the frame CNN is fine-tuned on single frames; absent: it stays as it is
    views: int = Field(1, ge=1)  # copies of the training videos whose features are kept, each augmented otherwise


class DataRunConfig(RunConfig):
    """A run on a data set of videos, of whatever kind."""

    data: DataConfig
    card: CardConfig
    seed: int = Field(0, ge=0)
    threads: int = Field(1, ge=1)  # that decode, and share every batch; fixed: the last bits depend on it


class VideoRunConfig(DataRunConfig):
    network: str  # in the registry
    network_options: dict[str, Any] = Field(default_factory=dict)  # the number of outputs is known already
    start_from: str | None = None  # a trained model whose weights are taken as far as names and shapes fit
    input: InputKind = "rgb"
    clip: ClipConfig
    crop: tuple[int, int] | None = None  # height and width, anywhere in training, central when used; absent: all
    sampling: SamplingConfig = SamplingConfig()
    fit: FitConfig
    two_step: TwoStepConfig | None = None
    device: str = "cpu"  # or cuda

    @model_validator(mode="after")
    def _crop_fits(self) -> "VideoRunConfig":
        if self.crop and min(self.crop) > self.clip.short_side:
            raise ValueError(f"crop must fit into clip.short_side, got {self.crop} and {self.clip.short_side}")
        return self


class ClassificationConfig(VideoRunConfig):
    labels: tuple[str, ...]  # in the order of the scores; "none" first for times when nothing happens
    several_labels: bool = False  # independent scores; else one distribution

    @model_validator(mode="after")
    def _labels_are_sound(self) -> "ClassificationConfig":
        repeated = sorted({label for label in self.labels if self.labels.count(label) > 1})
        if len(self.labels) < (1 if self.several_labels else 2) or repeated:
            raise ValueError(f"labels must be at least two, each once, got {', '.join(self.labels) or 'none'}")
        if NONE in (self.labels if self.several_labels else self.labels[1:]):
            raise ValueError(f"{NONE} is the first label, or with several_labels none at all, got {self.labels}")
        unknown = sorted(set(self.data.rename.values()) - set(self.labels))
        if unknown:
            raise ValueError(f"data.rename must lead to labels, got {', '.join(unknown)}")
        return self


class RegressionConfig(VideoRunConfig):
    number: str  # what is measured, as the data set calls it, such as ef_percent
    unit: str = ""


class SegmentationConfig(DataRunConfig):
    network: str  # in the registry: one that gives each pixel a logit, such as deeplabv3_resnet50
    network_options: dict[str, Any] = Field(default_factory=dict)
    label: str  # what the outlines go around, such as left_ventricle
    size: tuple[int, int]  # height and width to which frames are resized, whatever their aspect
    augment: bool = True
    fit: FitConfig
    device: str = "cpu"  # or cuda
