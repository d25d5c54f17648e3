"""What `vigil evaluate` is told, read from YAML; whatever is wrong is named with its line."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from models.config_file import AnchoredPath, RunConfig, Section
from models.evaluation.events import onset_within
from models.evaluation.measures import Resampling

MASKS = "masks"
"""Layout of a folder of label maps."""
Fraction = Annotated[float, Field(ge=0, le=1)]


class RenderConfig(Section):
    """Simulated bedside scenes that are rendered into the truth's folder when they are not there yet."""

    first: int = Field(ge=0)  # seed
    count: int = Field(ge=1)  # scenes
    duration_seconds: float = Field(120.0, ge=30)
    sizes: tuple[tuple[int, int], ...] = ((320, 240),)  # width and height; seed k takes entry k modulo their number
    frame_rate_hz: float = Field(15.0, gt=0)


class LoopConfig(Section):
    """Videos in which nothing happens that a model speaks of, each played again and again into the truth's folder."""

    videos: tuple[AnchoredPath, ...]
    minutes: float = Field(gt=0)  # of each
    short_side: int = Field(180, ge=16)  # pixels; the videos are small copies


class TruthConfig(Section):
    layout: str  # one that training reads (models/datasets/layouts.py), or values, or masks
    videos: AnchoredPath  # folder of the videos; of the true label maps, for masks
    annotations: AnchoredPath | None = None  # table or folder of what is true, where it does not lie beside the videos
    split: str | None = None  # only this part of the data set
    rename: dict[str, str] = Field(default_factory=dict)  # true label: what the model calls it
    others: Literal["refuse", "ignore"] = "refuse"  # what becomes of true labels that the model does not know
    groups: tuple[str, ...] = ("camera", "subject", "look")  # columns or keys by which to break down, where they exist
    file_column: str = "file"  # of the table of values
    value_columns: dict[str, str] = Field(default_factory=dict)  # measurement: its column; absent: of the same name
    render: RenderConfig | None = None
    loops: LoopConfig | None = None


class EventConfig(Section):
    labels: tuple[str, ...] = ()  # that make events; absent: those of the model's card, or those found
    tolerance_seconds: float = Field(1.0, ge=0)
    onset_window_seconds: tuple[float, float] | None = None  # before and after the true start; instead of overlap

    @model_validator(mode="after")
    def _window_is_possible(self) -> "EventConfig":
        if self.onset_window_seconds:
            onset_within(*self.onset_window_seconds)
        return self


class FrameConfig(Section):
    rate_hz: float = Field(2.0, gt=0, le=60)  # moments a second that are judged


class ClipsConfig(Section):
    border_seconds: float = Field(0.0, ge=0)  # clips whose centre is so near a true start or end do not count
    threshold: Fraction = 0.5  # from which an independent label counts as found


class MeasurementConfig(Section):
    unit: str = ""
    threshold: float | None = None  # below it a value counts as positive


class MaskConfig(Section):
    labels: dict[str, int]  # what each number of a pixel is called; 0 is the background and needs no name


class ResamplingConfig(Section):
    num_resamples: int = Field(1000, ge=10)
    confidence: float = Field(0.95, gt=0, lt=1)
    seed: int = Field(0, ge=0)
    cluster: str | None = None  # group whose members are drawn together, such as subject; absent: every video by itself

    @property
    def plan(self) -> Resampling:
        return Resampling(self.num_resamples, self.confidence, self.seed)


class ReportConfig(RunConfig):
    """What every evaluation says, of whatever kind."""

    title: str = ""
    note: str = ""  # stands at the head of the report: what the reader must know

    @property
    def heading(self) -> str:
        return self.title or self.name


class EvaluationConfig(ReportConfig):
    truth: TruthConfig
    model: str | None = None  # to run; or, with predictions, the one of several whose results count
    mode: Literal["window", "stream"] | None = None  # how the model is run; absent: as its card says
    predictions: AnchoredPath | None = None  # result files of `vigil analyze`; absent: the model is run
    background: str | None = "none"  # label of the time in which nothing else is true
    clips: ClipsConfig = ClipsConfig()
    events: EventConfig = EventConfig()
    frames: FrameConfig = FrameConfig()
    measurements: dict[str, MeasurementConfig] = Field(default_factory=dict)
    masks: MaskConfig | None = None  # with the layout masks
    resampling: ResamplingConfig = ResamplingConfig()

    @model_validator(mode="after")
    def _has_answers(self) -> "EvaluationConfig":
        if self.model is None and self.predictions is None:
            raise ValueError("either model (to run) or predictions (results of vigil analyze) is required")
        if (self.truth.layout == MASKS) != (self.masks is not None) or (self.masks and self.predictions is None):
            raise ValueError("the layout masks needs masks.labels and predictions, the folder of the found label maps")
        return self
