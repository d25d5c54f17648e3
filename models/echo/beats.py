"""The beats of a recording, from the area of the left ventricle in its frames."""

from dataclasses import dataclass

import numpy as np

from models.echo.systole import LEAST_FRAMES_BETWEEN, find_systoles

ECHONET_RATE_HZ = 50.0


@dataclass(frozen=True)
class BeatFrames:
    """One beat by its two decisive frames."""

    diastole: int
    """Frame in which the ventricle is largest, before it contracts."""
    systole: int
    """Frame in which it is smallest."""


def find_beats(areas: np.ndarray, frame_rate_hz: float) -> list[BeatFrames]:
    """Return the beats, in order: each end of systole with the largest ventricle between it and the one before.

    Args:
        areas: of the left ventricle, any unit, (T,).
        frame_rate_hz: EchoNet's least distance of two beats is kept in seconds at any rate.
    """
    least_frames = LEAST_FRAMES_BETWEEN * frame_rate_hz / ECHONET_RATE_HZ
    systoles = [int(index) for index in find_systoles(areas, least_frames_between=least_frames)]
    starts = [0, *systoles][: len(systoles)]
    return [
        BeatFrames(start + int(np.argmax(areas[start:systole])), systole)
        for start, systole in zip(starts, systoles, strict=True)
    ]
