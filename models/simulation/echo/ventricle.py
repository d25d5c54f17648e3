"""The left ventricle of a simulated heart: a body of discs whose volume is exact at every moment."""

from dataclasses import dataclass

import numpy as np

NUM_DISCS = 80
MOST_CONTRACTION = 0.9


@dataclass(frozen=True)
class Shape:
    """What distinguishes one ventricle from another."""

    length_cm: float
    """From the apex to the plane of the mitral valve, relaxed."""
    width_ratio: float
    """Largest width over length, relaxed."""
    bluntness: float
    """2 is an ellipse's end; more is blunter."""
    narrowing: float
    """By what share the base is narrower than the middle."""
    bend: float
    """How far the axis bows to the side, as a share of the length."""
    shortening: float
    """Share of the length that a full contraction would take away."""
    weak_wall: int
    """Wall that moves less: -1 left, 1 right, 0 none."""
    weak_centre: float
    """Where it does so, 0 apex to 1 base."""
    weakness: float
    """How much less: 1 stands still."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Shape":
        """Draw a plausible ventricle."""
        return cls(
            length_cm=float(rng.uniform(6.6, 10.2)),
            width_ratio=float(rng.uniform(0.44, 0.74)),
            bluntness=float(rng.uniform(1.8, 3.0)),
            narrowing=float(rng.uniform(0.05, 0.38)),
            bend=float(rng.uniform(-0.05, 0.05)),
            shortening=float(rng.uniform(0.2, 0.4)),
            weak_wall=int(rng.choice((0, 0, -1, 1))),
            weak_centre=float(rng.uniform(0.1, 0.9)),
            weakness=float(rng.uniform(0.3, 0.9)),
        )


class Ventricle:
    """Turns volumes into contours.

    Positions are in the ventricle's own axes, in cm: x to the right, y from the apex (0) to the base.
    Seen from any side it is equally wide, so the volume of a contour is that of its discs.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stations = (np.arange(NUM_DISCS) + 0.5) / NUM_DISCS
        self._contractions = np.linspace(0, MOST_CONTRACTION, 200)
        self._volumes_ml = np.array([self._volume_ml(contraction) for contraction in self._contractions])

    @property
    def largest_ml(self) -> float:
        return float(self._volumes_ml[0])

    def contraction_at(self, volume_ml: np.ndarray | float) -> np.ndarray:
        """Return how far the walls have moved for a volume: 0 relaxed, to `MOST_CONTRACTION`."""
        return np.asarray(np.interp(volume_ml, self._volumes_ml[::-1], self._contractions[::-1]))

    def length_cm(self, contraction: float) -> float:
        return self.shape.length_cm * (1 - self.shape.shortening * contraction)

    def walls(
        self, contraction: float, stations: np.ndarray | None = None, *, thickness_cm: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the left and the right wall, each (N, 2) from the apex to the base.

        Args:
            stations: 0 apex to 1 base; left out, the discs' middles.
            thickness_cm: distance outside the cavity.
        """
        stations = self.stations if stations is None else stations
        height = self.length_cm(contraction) * stations
        bow = self.shape.bend * self.shape.length_cm * np.sin(np.pi * stations)
        left = bow - self._half_width(contraction, -1, stations)
        right = bow + self._half_width(contraction, 1, stations)
        if thickness_cm:
            height = height - thickness_cm * (1 - stations)
            grown = thickness_cm * np.minimum(1, 0.35 + 3 * stations)
            left, right = left - grown, right + grown
        return np.stack((left, height), 1), np.stack((right, height), 1)

    def contour(self, contraction: float, *, num_points: int = 41, thickness_cm: float = 0.0) -> np.ndarray:
        """Return the border, (num_points, 2): from the left end of the base round the apex to the right end."""
        stations = np.linspace(0, 1, num_points // 2 + 1) ** 1.6  # closer where it curves
        left, right = self.walls(contraction, stations, thickness_cm=thickness_cm)
        return np.concatenate((left[::-1], right[1:]))

    def _volume_ml(self, contraction: float) -> float:
        left, right = self.walls(contraction)
        widths = right[:, 0] - left[:, 0]
        return float(np.pi / 4 * (widths**2).mean() * self.length_cm(contraction))

    def _half_width(self, contraction: float, side: int, stations: np.ndarray) -> np.ndarray:
        shape = self.shape
        profile = np.sqrt(np.maximum(1 - (1 - stations) ** shape.bluntness, 0))
        profile = profile * (1 - shape.narrowing * stations**3)
        weak = (
            shape.weakness * np.exp(-(((stations - shape.weak_centre) / 0.25) ** 2)) if side == shape.weak_wall else 0
        )
        relaxed = shape.length_cm * shape.width_ratio / 2 * profile
        return np.asarray(relaxed * (1 - contraction * (1 - weak)))
