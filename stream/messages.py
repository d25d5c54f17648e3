"""What travels through Redis: small frozen messages, JSON with a schema version, never pickle."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

SourceState = Literal["connecting", "live", "stalled", "ended", "refused", "failed"]
AlertState = Literal["pending", "active", "acknowledged", "latched", "resolved"]
AlertClass = Literal["behaviour", "technical"]
Severity = Literal["info", "low", "medium", "high"]

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high")
"""From least to most severe."""


@dataclass(frozen=True)
class Message:
    """A value that crosses process borders; `encode` and `decode` are each other's inverse."""

    schema_version: ClassVar[int] = 1

    def encode(self) -> bytes:
        """Return the message as UTF-8 JSON with its type and schema version."""
        record = {"type": type(self).__name__, "schema_version": self.schema_version, **asdict(self)}
        return json.dumps(record, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """Return the message that `encode` wrote.

        Raises:
            ValueError: the payload is not JSON, of another type or schema version, or its fields
                are not those of this message.
        """
        try:
            record = json.loads(payload)
        except ValueError as error:
            raise ValueError(f"a {cls.__name__} must be JSON, got {payload[:80]!r}") from error
        if not isinstance(record, dict):
            raise ValueError(f"a {cls.__name__} must be a JSON object, got {type(record).__name__}")
        found = (record.pop("type", None), record.pop("schema_version", None))
        if found != (cls.__name__, cls.schema_version):
            raise ValueError(f"required {cls.__name__} of schema {cls.schema_version}, got type and schema {found}")
        names = {item.name for item in fields(cls)}
        if set(record) - names:
            raise ValueError(f"a {cls.__name__} has no field {sorted(set(record) - names)}")
        try:
            return cls(**{name: _frozen(value) for name, value in record.items()})
        except TypeError as error:
            raise ValueError(f"a {cls.__name__} is incomplete or malformed: {error}") from error


@dataclass(frozen=True)
class InferenceRequest(Message):
    """One clip for one model, named by the chunks and frames that make it; it carries no pixels."""

    source_id: str
    model: str
    epoch: int
    """Rises with every discontinuity of the source; from 1."""
    clip_index: int
    """Place of the clip in its epoch and model, from 0, without holes unless the ingester declared them."""
    chunk_ids: tuple[str, ...]
    """Chunks of the frame store that hold the frames."""
    frame_refs: tuple[tuple[int, int], ...]
    """For each of the clip's T frames: index into `chunk_ids`, index of the frame within that chunk."""
    frame_ids: tuple[int, ...]
    """Identity of each frame within the source (`epoch << 32 | running number`); a padded frame repeats its own."""
    pts_seconds: tuple[float, ...]
    """Media time of each frame."""
    captured_at: float
    """Wall time at which the last frame was captured."""
    produced_at: float
    deadline_at: float
    """Wall time after which the clip is dropped instead of scored."""
    first_point: int = 0
    """Place of the first frame on the grid of its epoch and model."""
    num_before: int = 0
    """Frames at the beginning that come before the clip itself: a streaming model may need them."""
    num_after: int = 0
    """Frames at the end that come after the clip itself."""
    is_last: bool = False
    """Whether the epoch ended with the last frame, before all frames came that a streaming model asks for."""

    @property
    def clip_pts_seconds(self) -> tuple[float, ...]:
        """Media time of the clip's own frames."""
        return self.pts_seconds[self.num_before : len(self.pts_seconds) - self.num_after]

    @property
    def entry_id(self) -> str:
        """Id of the entry in the request stream: a repeated one is refused by the server."""
        return f"{self.epoch}-{self.clip_index}"


@dataclass(frozen=True)
class InferenceResult(Message):
    """What one model said of one clip."""

    source_id: str
    model: str
    epoch: int
    clip_index: int
    result: dict[str, Any]
    """`models.results.result_to_json` of the result."""
    start_seconds: float
    """Media time of the clip's first frame."""
    end_seconds: float
    """Media time of the end of the clip's last frame."""
    captured_at: float
    produced_at: float
    finished_at: float
    worker_id: str
    weights_sha256: str = ""
    deliveries: int = 1
    lag_seconds: float = 0.0
    """Media time from the end of the clip to the last frame that the result depends on: the lag of the algorithm.
    What the system takes after that frame is `finished_at` less `captured_at`."""


@dataclass(frozen=True)
class Event(Message):
    """Something that happened at a source, with a start and, once known, an end."""

    event_id: str
    """sha256 of source, model, label, epoch and start, so that a replay names the same event."""
    source_id: str
    model: str
    label: str
    epoch: int
    start_seconds: float
    end_seconds: float | None
    """None while the event goes on."""
    peak_score: float
    emitted_at_seconds: float
    """Media time at which the event could first be known."""
    started_at: float
    """Wall time of the start."""
    people: int | None = None

    @property
    def ended_at(self) -> float | None:
        """Wall time of the end; None while the event goes on."""
        return None if self.end_seconds is None else self.started_at + self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class Alert(Message):
    """A rule that fired for a source, in the state it has now."""

    alert_id: str
    """sha256 of rule, source and start of the first episode."""
    rule: str
    source_id: str
    label: str
    severity: Severity
    alert_class: AlertClass
    state: AlertState
    text: str
    """One line for a person; no name of a patient."""
    raised_at: float
    changed_at: float
    revision: int = 1
    """Rises with every change of state."""
    score: float | None = None
    event_id: str | None = None
    acknowledged_by: str | None = None
    num_episodes: int = 1
    """How often what raised it began, since somebody last acknowledged an alert of this kind."""
    episode_at: float = 0.0
    """Wall time at which the latest episode was raised."""
    episode_id: str = ""
    """Names the latest episode as `alert_id` names the first; equal to it while there was one only."""


@dataclass(frozen=True)
class SourceStatus(Message):
    """How a source is, as its ingester last said."""

    source_id: str
    state: SourceState
    reason: str = ""
    """Why, in one line without credentials; empty when live."""
    epoch: int = 0
    frame_rate_hz: float = 0.0
    """Measured rate of decoded frames."""
    width: int = 0
    height: int = 0
    codec: str = ""
    last_frame_at: float | None = None
    """Wall time at which the last frame was captured."""
    changed_at: float = 0.0
    """Wall time of the last change of state."""
    reported_at: float = 0.0
    """Wall time of this report; a report older than 3 s means that the ingester itself is gone."""
    reconnects: int = 0
    hints: tuple[str, ...] = ()
    """What is wrong with the picture itself, though it comes: "dark", "frozen"."""
    clip_seconds: dict[str, float] = field(default_factory=dict)
    """By model that its clips are made for: how much video the first clip and the step to the next take."""


@dataclass(frozen=True)
class WorkerStatus(Message):
    """How a worker is, as it last said."""

    worker_id: str
    host: str
    process_id: int
    device: str
    models: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """Sources it holds the lease of."""
    clips_scored: int = 0
    batch_fill: float = 0.0
    """Mean share of the maximal batch that was used, 0..1."""
    predict_ms: float = 0.0
    """Mean time of one clip on the device."""
    started_at: float = 0.0
    reported_at: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
