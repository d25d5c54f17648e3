"""The beats of a simulated heart, and the volume of its left ventricle at any time."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.simulation.easing import smooth

RhythmName = Literal["sinus", "atrial_fibrillation", "ectopic"]

CONTRACTION_DELAY_SECONDS = 0.05
"""From the R wave until the volume falls (isovolumic contraction)."""
RELAXATION_SECONDS = 0.06
"""From the smallest volume until it rises (isovolumic relaxation)."""
EJECTION_FACTOR = 0.29
"""Ejection lasts this times the square root of the beat, in seconds."""


@dataclass(frozen=True)
class Beat:
    """One beat, from its R wave to the next."""

    start_seconds: float
    """Of the R wave: the ventricle is at its largest."""
    duration_seconds: float
    end_systole_seconds: float
    """When the ventricle is at its smallest."""
    edv_ml: float
    """Volume at the R wave."""
    esv_ml: float

    @property
    def end_seconds(self) -> float:
        return self.start_seconds + self.duration_seconds

    @property
    def ef_percent(self) -> float:
        """Share of the volume that is ejected, in percent."""
        return 100 * (self.edv_ml - self.esv_ml) / self.edv_ml


@dataclass(frozen=True)
class Filling:
    """How the ventricle fills between two beats."""

    early_share: float
    """Of the stroke volume, what flows in before the atrium contracts."""
    early_fraction: float
    """Of the time for filling, how much that takes."""
    kick_fraction: float
    """Of the time for filling, how much the atrium's contraction takes."""


class Heartbeat:
    """Beats that cover a loop, with some to spare at both ends."""

    def __init__(
        self, rng: np.random.Generator, duration_seconds: float, *, edv_ml: float, ef_percent: float, rhythm: RhythmName
    ) -> None:
        """Draw the beats.

        Args:
            edv_ml: of a usual beat.
            ef_percent: of a usual beat; in an irregular rhythm beats lie around it.
        """
        self.rhythm = rhythm
        rate_hz = rng.uniform(50, 110) / 60 if rhythm != "atrial_fibrillation" else rng.uniform(65, 125) / 60
        lengths = _beat_lengths(rng, duration_seconds, 1 / rate_hz, rhythm)
        start = -float(rng.uniform(0.0, lengths[1])) - lengths[0]
        self._filling = _draw_filling(rng, rhythm)
        self.beats: tuple[Beat, ...] = tuple(
            _make_beats(rng, start, lengths, edv_ml=edv_ml, ef_percent=ef_percent, is_regular=rhythm == "sinus")
        )
        self._knot_seconds, self._knot_ml = self._knots()

    @property
    def largest_ml(self) -> float:
        return max(beat.edv_ml for beat in self.beats)

    def volume_ml(self, seconds: np.ndarray) -> np.ndarray:
        """Return the volume at each time; it changes smoothly from one corner of the curve to the next."""
        index = np.clip(np.searchsorted(self._knot_seconds, seconds, side="right") - 1, 0, len(self._knot_ml) - 2)
        start, end = self._knot_seconds[index], self._knot_seconds[index + 1]
        share = smooth(np.clip((seconds - start) / (end - start), 0, 1))
        return np.asarray(self._knot_ml[index] + (self._knot_ml[index + 1] - self._knot_ml[index]) * share)

    def is_filling(self, seconds: float) -> bool:
        """Whether the mitral valve is open."""
        return any(
            beat.end_systole_seconds + RELAXATION_SECONDS < seconds < beat.end_seconds + 0.01 for beat in self.beats
        )

    def _knots(self) -> tuple[np.ndarray, np.ndarray]:
        knots: list[tuple[float, float]] = []
        followers = [*(beat.edv_ml for beat in self.beats[1:]), self.beats[-1].edv_ml]
        for beat, next_edv_ml in zip(self.beats, followers, strict=True):
            relaxed = min(beat.end_systole_seconds + RELAXATION_SECONDS, beat.end_seconds - 0.06)
            time_left = beat.end_seconds - relaxed
            gain_ml = (next_edv_ml - beat.esv_ml) * self._filling.early_share
            knots += [
                (beat.start_seconds, beat.edv_ml),
                (beat.start_seconds + CONTRACTION_DELAY_SECONDS, beat.edv_ml),
                (beat.end_systole_seconds, beat.esv_ml),
                (relaxed, beat.esv_ml + 0.02 * gain_ml),
                (relaxed + time_left * self._filling.early_fraction, beat.esv_ml + 0.97 * gain_ml),
                (beat.end_seconds - time_left * self._filling.kick_fraction, beat.esv_ml + gain_ml),
            ]
        knots.append((self.beats[-1].end_seconds, self.beats[-1].edv_ml))
        seconds, ml = (np.array(values) for values in zip(*knots, strict=True))
        return np.maximum.accumulate(seconds + np.arange(len(seconds)) * 1e-9), ml


def _beat_lengths(
    rng: np.random.Generator, duration_seconds: float, usual_seconds: float, rhythm: RhythmName
) -> list[float]:
    spread = {"sinus": 0.02, "atrial_fibrillation": 0.2, "ectopic": 0.03}[rhythm]
    lengths: list[float] = []
    while sum(lengths) < duration_seconds + 3 * usual_seconds:
        length = usual_seconds * float(np.clip(1 + rng.normal(0, spread), 0.6, 1.6))
        if rhythm == "ectopic" and len(lengths) > 1 and rng.random() < 0.3:
            lengths += [length * 0.68, length * 1.3]  # a premature beat and the pause after it
        else:
            lengths.append(length)
    return [max(length, 0.4) for length in lengths]


def _draw_filling(rng: np.random.Generator, rhythm: RhythmName) -> Filling:
    if rhythm == "atrial_fibrillation":  # the atrium does not contract
        return Filling(early_share=0.96, early_fraction=float(rng.uniform(0.5, 0.75)), kick_fraction=0.1)
    early_share = float(rng.uniform(0.55, 0.8))
    return Filling(early_share, float(rng.uniform(0.35, 0.5)), kick_fraction=float(rng.uniform(0.2, 0.3)))


def _make_beats(
    rng: np.random.Generator,
    start: float,
    lengths: list[float],
    *,
    edv_ml: float,
    ef_percent: float,
    is_regular: bool,
) -> list[Beat]:
    """A short pause before a beat leaves it less to eject (Frank-Starling)."""
    usual = float(np.mean(lengths))
    beats = []
    previous = usual
    for length in lengths:
        preload = 0.0 if is_regular else float(np.clip((previous - usual) / usual, -0.4, 0.4))
        edv = edv_ml * (1 + 0.25 * preload + rng.normal(0, 0.005))
        ef = float(np.clip(ef_percent * (1 + 0.45 * preload + rng.normal(0, 0.01)), 8, 78))
        ejection = min(EJECTION_FACTOR * np.sqrt(length), length - 0.2)
        end_systole = start + CONTRACTION_DELAY_SECONDS + ejection
        beats.append(Beat(start, length, float(end_systole), float(edv), float(edv * (1 - ef / 100))))
        start, previous = start + length, length
    return beats
