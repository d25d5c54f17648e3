"""The beats of a recording, from the area of the left ventricle in its frames."""

from dataclasses import dataclass

import numpy as np

from models.echo.systole import LEAST_FRAMES_BETWEEN, find_systoles

ECHONET_RATE_HZ = 50.0
EARLY_SECONDS = 0.08
"""A largest ventricle so near the recording's start may have been larger before it."""
LEAST_OF_USUAL = 0.96
"""Share of the other beats' largest area that it must reach to be believed all the same."""


@dataclass(frozen=True)
class BeatFrames:
    """One beat by its two decisive frames."""

    diastole: int
    """Frame in which the ventricle is largest, before it contracts."""
    systole: int
    """Frame in which it is smallest."""


def find_beats(areas: np.ndarray, frame_rate_hz: float) -> list[BeatFrames]:
    """Return the whole beats, in order: each end of systole with the largest ventricle between it and the one before.

    A recording that begins while the ventricle contracts does not show how large it was: that beat is left out.

    Args:
        areas: of the left ventricle, any unit, (T,).
        frame_rate_hz: EchoNet's least distance of two beats is kept in seconds at any rate.
    """
    least_frames = LEAST_FRAMES_BETWEEN * frame_rate_hz / ECHONET_RATE_HZ
    systoles = [int(index) for index in find_systoles(areas, least_frames_between=least_frames)]
    starts = [0, *systoles][: len(systoles)]
    beats = [
        BeatFrames(start + int(np.argmax(areas[start:systole])), systole)
        for start, systole in zip(starts, systoles, strict=True)
    ]
    begins_at_once = bool(beats) and beats[0].diastole <= EARLY_SECONDS * frame_rate_hz
    if begins_at_once and len(beats) > 1:
        usual = float(np.median([areas[beat.diastole] for beat in beats[1:]]))
        if areas[beats[0].diastole] < LEAST_OF_USUAL * usual:
            return beats[1:]
    return beats
