"""What was read off an echocardiogram, or why it was not; goes to JSON as it is."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

RefusalCode = Literal[
    "no_ultrasound", "another_view", "no_left_ventricle", "too_few_frames_a_second", "fewer_than_two_beats"
]


@dataclass(frozen=True)
class Refusal:
    """Why there is no ejection fraction."""

    code: RefusalCode
    reason: str
    """One sentence: what was required and what was found."""


@dataclass(frozen=True)
class BeatReading:
    """One beat."""

    diastole_seconds: float
    """Media time at which the ventricle is largest."""
    systole_seconds: float
    """Media time at which it is smallest."""
    ef_percent: float
    """By the network that watches the beat."""
    volume_ef_percent: float
    """By area and length of the outlines at both times: the second opinion."""
    edv_ml: float | None = None
    """Largest volume by area and length; None when the size of a pixel is not known."""
    esv_ml: float | None = None


@dataclass(frozen=True)
class Spread:
    """A value over the beats."""

    mean: float
    lowest: float
    highest: float
    standard_deviation: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(float(np.mean(values)), min(values), max(values), float(np.std(values)))


@dataclass(frozen=True, eq=False)
class EchoReading:
    """All that is known of one recording."""

    source_id: str
    model: str
    weights_sha256: str
    refusal: Refusal | None
    """None when the ejection fraction was read."""
    frame_rate_hz: float = 0.0
    view: str = ""
    view_score: float = 0.0
    """How sure the view check is, 0..1."""
    beats: tuple[BeatReading, ...] = ()
    pts_seconds: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Of every frame, (T,)."""
    areas: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Of the left ventricle in every frame, in `area_unit`, (T,)."""
    area_unit: str = "px"
    contours: tuple[np.ndarray, ...] = ()
    """Its border in every frame, each (N, 2), pixels x and y of the picture."""

    @property
    def ef(self) -> Spread | None:
        """Ejection fraction over the beats, percent; None when it was refused."""
        return None if self.refusal or not self.beats else Spread.of([beat.ef_percent for beat in self.beats])

    @property
    def volume_ef(self) -> Spread | None:
        """The second opinion, by area and length."""
        return None if self.refusal or not self.beats else Spread.of([beat.volume_ef_percent for beat in self.beats])

    def to_json(self) -> dict[str, Any]:
        """Return the reading as plain JSON values."""
        return {
            "kind": "echo",
            "source": self.source_id,
            "model": self.model,
            "weights": self.weights_sha256,
            "refusal": asdict(self.refusal) if self.refusal else None,
            "ef_percent": round(self.ef.mean, 2) if self.ef else None,
            "ef_spread": _rounded(self.ef),
            "volume_ef_percent": round(self.volume_ef.mean, 2) if self.volume_ef else None,
            "volume_ef_spread": _rounded(self.volume_ef),
            "view": self.view,
            "view_score": round(self.view_score, 4),
            "frame_rate_hz": round(self.frame_rate_hz, 3),
            "beats": [_rounded(beat) for beat in self.beats],
            "area_unit": self.area_unit,
            "pts_seconds": np.round(self.pts_seconds, 4).tolist(),
            "areas": np.round(self.areas, 2).tolist(),
            "contours": [np.round(contour, 1).tolist() for contour in self.contours],
        }


def _rounded(values: Spread | BeatReading | None) -> dict[str, float | None] | None:
    if values is None:
        return None
    return {name: None if value is None else round(value, 3) for name, value in asdict(values).items()}
