"""The one interface between models and everything else, and the card that goes with each model."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from models.results import Result
from models.samples import Sample

Arithmetic = Literal["auto", "float32", "bfloat16", "int8"]
"""In which numbers networks run; "auto": bf16 where the device has it in hardware, else fp32."""
Reads = Literal["video", "picture", "volume"]
"""What a model is asked about; see `models.registry.build_imaging_model` for the last two."""
ServingMode = Literal["window", "stream"]
"""Whether each clip is scored by itself, or as a part of the whole video."""


@dataclass(frozen=True)
class ClipSpec:
    """The clips that a video model wants: how many frames, how fast, how often, how large."""

    num_frames: int
    frame_rate_hz: float
    stride_seconds: float
    """Time between the starts of two clips; a whole number of frame intervals."""
    short_side: int
    """Height or width, whichever is smaller, to which frames are resized before they reach the model."""
    context_frames: int = 0
    """Frames before each clip that its score depends on too; only of models that are streamed."""
    lookahead_frames: int = 0
    """Frames after each clip that its score depends on too, and for which it waits."""

    def __post_init__(self) -> None:
        if self.num_frames < 1 or self.short_side < 1:
            raise ValueError(f"num_frames and short_side must be at least 1, got {self}")
        if self.context_frames < 0 or self.lookahead_frames < 0:
            raise ValueError(f"context_frames and lookahead_frames must be at least 0, got {self}")
        if not 0 < self.frame_rate_hz <= 1000:
            raise ValueError(f"frame_rate_hz must lie in 0..1000, got {self.frame_rate_hz}")
        frames = self.stride_seconds * self.frame_rate_hz
        if frames < 0.5 or abs(frames - round(frames)) > 1e-6:
            raise ValueError(
                f"stride_seconds must be a whole number of frame intervals of 1/{self.frame_rate_hz} s, "
                f"got {self.stride_seconds} ({frames:.4f} frames)"
            )

    @property
    def stride_frames(self) -> int:
        return round(self.stride_seconds * self.frame_rate_hz)

    @property
    def duration_seconds(self) -> float:
        """Time from the first frame of a clip to the end of its last frame."""
        return self.num_frames / self.frame_rate_hz

    @property
    def is_streamed(self) -> bool:
        """Whether clips are scored as parts of the whole video."""
        return self.context_frames > 0 or self.lookahead_frames > 0

    @property
    def span_frames(self) -> int:
        """Frames on which the score of a clip depends, its own included."""
        return self.context_frames + self.num_frames + self.lookahead_frames

    @property
    def lag_seconds(self) -> float:
        """How long after the end of a clip the last frame comes that its score depends on: the algorithm's lag."""
        return self.lookahead_frames / self.frame_rate_hz


@dataclass(frozen=True)
class EventSpec:
    """How a model's scores become events: hysteresis, N-of-M smoothing and a minimum duration."""

    labels: tuple[str, ...]
    """Labels that make events; others ("none", say) only fill the time between."""
    enter_score: float
    """Score at or above which a clip votes for the start of an event."""
    leave_score: float
    """Score below which a clip votes for its end; at most `enter_score`."""
    votes: int = 1
    """Clips of the last `window` that must vote before anything changes (N of N-of-M)."""
    window: int = 1
    minimum_duration_seconds: float = 0.0
    """Shorter events are forgotten."""
    merge_gap_seconds: float = 0.0
    """Two events of one label closer than this are one."""
    counted_labels: tuple[str, ...] = ()
    """Labels whose events also say how many people take part, as the model measures it."""
    begins_mid_clip: bool = False
    """Whether what the first clip shows began in its middle, as in any later clip, rather than where the clip does."""

    def __post_init__(self) -> None:
        if not 0 <= self.leave_score <= self.enter_score <= 1:
            raise ValueError(f"0 <= leave_score <= enter_score <= 1 is required, got {self}")
        if not 1 <= self.votes <= self.window:
            raise ValueError(f"1 <= votes <= window is required, got votes={self.votes}, window={self.window}")


@runtime_checkable
class KeepsState(Protocol):
    """A predictor that remembers each source for longer than its frames are kept."""

    def keep_state(self, folder: Path) -> None:
        """Keep what is remembered of live sources in a folder from here on, and go on from what lies there."""
        ...


@dataclass(frozen=True)
class ModelCard:
    """What one must know of a model before trusting it."""

    name: str
    network: str
    """Name of the bare network in the registry."""
    labels: tuple[str, ...]
    preprocessing: str
    licence: str
    intended_use: str
    weights_sha256: str = ""
    """Empty when the model has no weights of its own."""
    reads: Reads = "video"
    network_options: dict[str, Any] = field(default_factory=dict)
    """Options of `build_network` that make the network the weights belong to."""
    serving_options: dict[str, Any] = field(default_factory=dict)
    """Of what serves a model of pictures or volumes, such as the size of its windows; each has its own."""
    clip_spec: ClipSpec | None = None
    input_size: tuple[int, int] | None = None
    """Height and width of the central crop that the network sees, after the resize to `clip_spec.short_side`;
    None: the whole frame."""
    flow_method: Literal["dis", "tvl1"] = "dis"
    """How optical flow is measured for a network that reads it; see `models/flow/methods.py`."""
    answer: Literal["one_label", "several_labels", "number", "mask"] = "one_label"
    """What the outputs of a network that reads clips mean: logits of which one is right, independent logits, the
    number that the only label names, or for each pixel whether it belongs to what the only label names."""
    unit: str = ""
    """Of that number."""
    pixels: Literal["signed", "kinetics"] = "signed"
    """How a network that reads clips of RGB sees them: "signed" is RGB in [-1, 1] of frames whose aspect is kept,
    "kinetics" what torchvision's video networks were trained on; see `models/predictors/kinetics_stream.py`."""
    event_spec: EventSpec | None = None
    """Thresholds chosen on validation data, so that they change only with the weights."""
    mode: ServingMode = "window"
    """How the model was evaluated; it is served in this mode unless asked otherwise."""
    training: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    limits: str = ""

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "ModelCard":
        """Read a card.

        Raises:
            ValueError: the file is not a card; the message names the file.
        """
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            clip_spec, event_spec = record.pop("clip_spec", None), record.pop("event_spec", None)
            input_size = record.pop("input_size", None)
            return cls(
                **{**record, "labels": tuple(record["labels"])},
                clip_spec=ClipSpec(**clip_spec) if clip_spec else None,
                input_size=(int(input_size[0]), int(input_size[1])) if input_size else None,
                event_spec=_event_spec(event_spec) if event_spec else None,
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} must be a model card in JSON with the fields of ModelCard: {error}") from error


def _event_spec(record: dict[str, Any]) -> EventSpec:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    return EventSpec(**values)


Prepared = Any
"""A sample as the predictor's own `predict` wants it: opaque to everybody else."""


class Predictor(Protocol):
    """A network with its weights, preprocessing and postprocessing, ready to serve."""

    name: str
    card: ModelCard
    accepts: type[Sample]
    clip_spec: ClipSpec | None
    """What the clips must be like; None for images and volumes."""
    max_batch_size: int

    def prepare(self, sample: Sample) -> Prepared:
        """Do the work on the CPU for one sample; safe to call from several threads.

        Raises:
            ValueError: the sample cannot be used; the message says why.
        """
        ...

    def predict(self, prepared: Sequence[Prepared]) -> list[Result]:
        """Run the network on a batch and return one result a sample, in the same order."""
        ...
