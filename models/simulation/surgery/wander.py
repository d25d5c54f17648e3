"""Numbers that wander over time without a jump: a hand that trembles, a camera that is held by somebody."""

import numpy as np

from models.simulation.easing import smooth


class Wander:
    """A smooth random walk about zero; its value at a time does not depend on how often one asks.

    Args:
        rng: draws the walk.
        duration_seconds: it can be asked from 0 to here.
        period_seconds: between two turns.
        scales: standard deviation of each number.
    """

    def __init__(
        self, rng: np.random.Generator, duration_seconds: float, *, period_seconds: float, scales: tuple[float, ...]
    ) -> None:
        self._period_seconds = period_seconds
        num_turns = int(duration_seconds / period_seconds) + 3
        self._values = np.clip(rng.normal(0, 1, (num_turns, len(scales))), -2, 2) * scales

    def at(self, seconds: float) -> np.ndarray:
        """Return the numbers at a time, shape (number of scales,)."""
        place = max(seconds, 0.0) / self._period_seconds
        index = min(int(place), len(self._values) - 2)
        share = smooth(min(place - index, 1.0))
        return np.asarray(self._values[index] * (1 - share) + self._values[index + 1] * share)
