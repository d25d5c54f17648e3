"""What all simulated rooms have in common: what may be asked of them, and that they are made of frames."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from models.simulation.limits import Limits, require_seed, require_within
from models.simulation.looks import LookName

FRAME_RATES_HZ = (1.0, 60.0)


@dataclass(frozen=True)
class Shot:
    """What was asked of a scene."""

    seed: int
    duration_seconds: float
    frame_rate_hz: float
    width: int
    height: int


@dataclass(frozen=True)
class RoomTruth:
    """The truth of one scene: first what was asked for, then what happens in it."""

    scene: str
    seed: int
    duration_seconds: float
    frame_rate_hz: float
    width: int
    height: int
    look: str

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        return asdict(self)


class RoomScene(ABC):
    """One simulated room and what happens in it; everything about it follows from its seed.

    Frame k shows the moment k / frame_rate_hz.
    """

    usual_seconds: ClassVar[float]
    durations: ClassVar[Limits]
    """Seconds that a scene lasts at least and at most."""

    def __init__(
        self,
        seed: int,
        *,
        duration_seconds: float | None = None,
        look: LookName = "random",
        height: int = 240,
        width: int = 320,
        frame_rate_hz: float = 15.0,
    ) -> None:
        """Draw the room and let people act in it; nothing is rendered yet.

        Args:
            duration_seconds: length of the scene; None: `usual_seconds`.

        Raises:
            ValueError: an argument is out of range.
        """
        seconds = self.usual_seconds if duration_seconds is None else duration_seconds
        require_seed(seed)
        require_within("duration_seconds", seconds, self.durations)
        if width % 2 or height % 2 or not (64 <= width <= 1920 and 48 <= height <= 1080):
            raise ValueError(f"width and height must be even and lie in 64..1920 and 48..1080, got {width}x{height}")
        require_within("frame_rate_hz", frame_rate_hz, FRAME_RATES_HZ)
        self._seed, self._frame_rate_hz = seed, frame_rate_hz
        self.num_frames = round(seconds * frame_rate_hz)
        self._make(Shot(seed, seconds, frame_rate_hz, width, height), look)

    def frames(self) -> Iterator[np.ndarray]:
        """Yield every frame in order, uint8 RGB (H, W, 3)."""
        return (self.frame(index) for index in range(self.num_frames))

    @abstractmethod
    def frame(self, index: int) -> np.ndarray:
        """Return frame `index` alone, uint8 RGB (H, W, 3)."""

    @abstractmethod
    def _make(self, shot: Shot, look: LookName) -> None:
        """Draw the room and let people act in it."""
