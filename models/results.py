"""What a predictor says of a sample. Every result goes to JSON and comes back equal."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True)
class Classification:
    """A score for each label: one distribution (single label) or independent scores (several labels)."""

    kind: ClassVar[str] = "classification"

    labels: tuple[str, ...]
    scores: tuple[float, ...]
    """One score in 0..1 a label, in the labels' order."""
    is_multi_label: bool = False
    is_warming_up: bool = False
    """Whether a streaming model has not seen all the frames yet on which its scores depend: near a beginning."""
    measurements: tuple["Measurement", ...] = ()
    """Numbers that go with the labels, such as how long a phase will go on."""

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.scores):
            raise ValueError(f"{len(self.labels)} labels need as many scores, got {len(self.scores)}")
        if not all(0.0 <= score <= 1.0 for score in self.scores):
            raise ValueError(f"scores must lie in 0..1, got {self.scores}")

    @property
    def top(self) -> tuple[str, float]:
        """The label with the highest score, and that score."""
        index = max(range(len(self.scores)), key=self.scores.__getitem__)
        return self.labels[index], self.scores[index]


@dataclass(frozen=True)
class Detections:
    """Objects found in a picture."""

    kind: ClassVar[str] = "detections"

    boxes: tuple[tuple[float, float, float, float], ...]
    """x1, y1, x2, y2 in pixels of the sample, right and lower edge exclusive."""
    labels: tuple[str, ...]
    scores: tuple[float, ...]
    masks: tuple[dict[str, Any], ...] = ()
    """COCO run-length encodings ({"size": [h, w], "counts": str}), one a box, or none."""

    def __post_init__(self) -> None:
        if not len(self.boxes) == len(self.labels) == len(self.scores):
            raise ValueError(
                "boxes, labels and scores must be as many, "
                f"got {len(self.boxes)}, {len(self.labels)}, {len(self.scores)}"
            )
        if self.masks and len(self.masks) != len(self.boxes):
            raise ValueError(f"{len(self.boxes)} boxes need as many masks or none, got {len(self.masks)}")


@dataclass(frozen=True)
class Segmentation:
    """Where each class lies, by reference to a label map, with the extent of each class."""

    kind: ClassVar[str] = "segmentation"

    label_map: str
    """Path or URL of the label map (PNG for images, NIfTI for volumes)."""
    labels: tuple[str, ...]
    extents: tuple[float, ...]
    """Area or volume of each label, in `unit`."""
    unit: str


@dataclass(frozen=True)
class Measurement:
    """One number with its unit, such as an ejection fraction."""

    kind: ClassVar[str] = "measurement"

    name: str
    value: float
    unit: str
    interval: tuple[float, float] | None = None
    """Lower and upper bound of the value, in the same unit, when known."""


@dataclass(frozen=True)
class Motion:
    """How much, and which way, a clip moves: a summary of its optical flow."""

    kind: ClassVar[str] = "motion"

    mean_speed: float
    """Mean length of the flow vectors, pixels a second at the height of the frames analysed."""
    peak_speed: float
    """99th percentile of the length of the flow vectors, pixels a second."""
    mean_velocity: tuple[float, float]
    """Mean flow along x (right) and y (down), pixels a second."""
    moving_fraction: float
    """Share of the pixels that move by more than half a pixel a frame, 0..1."""


Result = Classification | Detections | Segmentation | Measurement | Motion

_KINDS: dict[str, type[Any]] = {
    kind.kind: kind for kind in (Classification, Detections, Segmentation, Measurement, Motion)
}


def result_to_json(result: Result) -> dict[str, Any]:
    """Return the result as plain JSON values, with its `kind`."""
    return {"kind": result.kind, **_plain(asdict(result))}


def result_from_json(record: dict[str, Any]) -> Result:
    """Return the result that `result_to_json` wrote.

    Raises:
        ValueError: the kind is unknown, a field is missing or a field is unknown.
    """
    kind = _KINDS.get(str(record.get("kind")))
    if kind is None:
        raise ValueError(f"a result's kind must be one of {sorted(_KINDS)}, got {record.get('kind')!r}")
    names = {field.name for field in fields(kind)}
    unknown = set(record) - names - {"kind"}
    if unknown:
        raise ValueError(f"a {kind.kind} result has no field {sorted(unknown)}; it has {sorted(names)}")
    try:
        return kind(**{name: _read(name, record[name]) for name in names if name in record})  # type: ignore[no-any-return]
    except TypeError as error:
        raise ValueError(f"a {kind.kind} result is incomplete: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _read(name: str, value: Any) -> Any:
    if name == "measurements":
        return tuple(Measurement(**{key: _frozen(item) for key, item in record.items()}) for record in value)
    return _frozen(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
