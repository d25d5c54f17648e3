"""The light of a scene over time: slow drift, flicker, and lamps that are switched."""

import numpy as np

SWITCH_SECONDS = 0.15


class Lighting:
    """Brightness and tint of the light at every moment; a function of time alone."""

    def __init__(self, rng: np.random.Generator, duration_seconds: float) -> None:
        self._level = float(rng.uniform(0.75, 1.2))
        self._tint = rng.normal(1.0, 0.05, 3)
        self._drift = float(rng.uniform(0.0, 0.15))
        self._drift_seconds = float(rng.uniform(25, 90))
        self._phase = float(rng.uniform(0, 2 * np.pi))
        num_switches = int(rng.poisson(duration_seconds / 80))
        self._switches = np.sort(rng.uniform(3, max(duration_seconds, 4), num_switches))
        levels = np.where(np.arange(num_switches) % 2 == 0, rng.uniform(0.5, 1.3), 1.0)
        self._factors = np.concatenate(([1.0], levels))

    @staticmethod
    def draw_direction(rng: np.random.Generator) -> np.ndarray:
        """Return a unit vector (3,) from the room towards its main light: mostly from above."""
        direction = np.array((rng.normal(0, 0.45), rng.normal(0, 0.45), 1.0))
        return np.asarray(direction / np.linalg.norm(direction))

    def gains_at(self, seconds: float) -> np.ndarray:
        """Return the factor on red, green and blue, shape (3,)."""
        return np.asarray(self.level_at(seconds) * self._tint)

    def level_at(self, seconds: float) -> float:
        """Return the brightness, about 0.3 to 1.6."""
        drift = 1.0 + self._drift * np.sin(2 * np.pi * seconds / self._drift_seconds + self._phase)
        index = int(np.searchsorted(self._switches, seconds))
        factor = self._factors[index]
        if index:
            since = min((seconds - self._switches[index - 1]) / SWITCH_SECONDS, 1.0)
            factor = self._factors[index - 1] + since * (factor - self._factors[index - 1])
        return float(np.clip(self._level * drift * factor, 0.3, 1.6))
