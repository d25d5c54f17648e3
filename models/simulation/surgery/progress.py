"""How far an operation is at each second: what is dissected, clipped, cut and packed, how much blood and smoke."""

from dataclasses import dataclass

import numpy as np

from models.simulation.surgery.course import CALOT, DISSECTION, PACKAGING, PREPARATION
from models.simulation.surgery.script import Script, ToolUse

SMOKE_FADES_SECONDS = 5.0
BLOOD_RINSED_SECONDS = 14.0
BLOOD_DRIES_SECONDS = 200.0
LEAVES_BED_SHARE = 0.35
"""Share of the packaging after which the gallbladder is in the bag."""


@dataclass(frozen=True)
class State:
    """The state of the tissue, and of the air before it, at one moment; shares are 0..1."""

    cleared: float
    """Share of the fat over the gallbladder that is swept away."""
    dissected: float
    """Share of the triangle of Calot that is laid open."""
    num_clips: int
    is_cut: bool
    freed: float
    """Share of the gallbladder that is off its bed."""
    is_packed: bool
    blood: float
    smoke: float


class Progress:
    """The state of an operation over time."""

    def __init__(self, script: Script, rng: np.random.Generator) -> None:
        self._script = script
        self._seconds = np.arange(int(script.duration_seconds) + 2, dtype=float)
        self._shares = {phase: self._share_of(phase) for phase in (PREPARATION, CALOT, DISSECTION, PACKAGING)}
        self._blood = self._bleed()
        self._smoke = self._burn(rng)

    def at(self, seconds: float) -> State:
        """Return the state at a time."""
        share = {phase: float(np.interp(seconds, self._seconds, shares)) for phase, shares in self._shares.items()}
        return State(
            cleared=0.25 + 0.35 * share[PREPARATION] + 0.4 * share[CALOT],
            dissected=share[CALOT],
            num_clips=sum(at <= seconds for at in self._script.clips_at),
            is_cut=any(at <= seconds for at in self._script.cuts_at),
            freed=share[DISSECTION],
            is_packed=share[PACKAGING] > LEAVES_BED_SHARE,
            blood=float(np.interp(seconds, self._seconds, self._blood)),
            smoke=float(np.interp(seconds, self._seconds, self._smoke)),
        )

    def _share_of(self, phase: str) -> np.ndarray:
        """Return which share of the time of a phase, over all visits to it, has passed; without visits all has."""
        visits = [span for span in self._script.course if span.phase == phase]
        if not visits:
            return np.ones_like(self._seconds)
        passed = [np.clip(self._seconds - span.start_seconds, 0, span.duration_seconds) for span in visits]
        return np.asarray(np.sum(passed, axis=0) / sum(span.duration_seconds for span in visits))

    def _bleed(self) -> np.ndarray:
        rinses = self._is_used(("Irrigator",))
        comes = np.zeros_like(self._seconds)
        for start, amount in self._script.bleedings:
            comes += amount / 4 * ((self._seconds >= start) & (self._seconds < start + 4))
        blood = np.zeros_like(self._seconds)
        for index in range(1, len(blood)):
            fades_seconds = BLOOD_RINSED_SECONDS if rinses[index] else BLOOD_DRIES_SECONDS
            blood[index] = min(blood[index - 1] * np.exp(-1 / fades_seconds) + comes[index], 1.0)
        return blood

    def _burn(self, rng: np.random.Generator) -> np.ndarray:
        burns = self._is_used(("Hook", "Bipolar"))
        bursts = (rng.random(len(self._seconds)) < 0.12) & burns
        amounts = bursts * rng.uniform(0.15, 0.7, len(self._seconds))
        smoke = np.zeros_like(self._seconds)
        for index in range(1, len(smoke)):
            smoke[index] = min(smoke[index - 1] * np.exp(-1 / SMOKE_FADES_SECONDS) + amounts[index], 0.9)
        return smoke

    def _is_used(self, tools: tuple[str, ...]) -> np.ndarray:
        uses: list[ToolUse] = [use for use in self._script.uses if use.tool in tools]
        used = np.zeros(len(self._seconds), bool)
        for use in uses:
            used |= (self._seconds >= use.start_seconds + 1) & (self._seconds < use.end_seconds - 1)
        return used
