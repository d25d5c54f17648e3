"""Numbers for each step of a clip that tell how somebody moves, wherever that is.

Flow and change around what moves (`models/falls/motion.py`) become profiles from the top of the region to its bottom,
their spread, speeds, and a histogram of directions in which left and right are one. A mirrored clip gives the same
numbers.
"""

import numpy as np

from models.falls.motion import EXTENTS, GRID, ClipMotion

BANDS = 12
"""Places from top to bottom in a profile."""
DIRECTIONS = 5
"""From straight up to straight down, left and right alike."""
_PROFILES, _SPREADS, _SPEEDS, _HALVES = 5, 9, 6, 2
NUM_NUMBERS = BANDS * _PROFILES + _SPREADS + _SPEEDS + DIRECTIONS + _HALVES + EXTENTS
"""Numbers of each step."""

_PROFILE_GAIN = 4.0
_HALF_GAIN = 10.0
_MOTION_GAIN = 5.0
_FASTEST_PERCENT = 97
_NOTHING = 1e-3


def describe(motion: ClipMotion) -> np.ndarray:
    """Return the numbers of every step, float32, (T, NUM_NUMBERS)."""
    across, down, begun, pending = np.moveaxis(motion.cells, 1, 0)  # (T, GRID, GRID) each
    lengths = np.hypot(across, down)
    columns = [_profile(field) for field in (lengths, down, np.abs(across), begun, pending)]  # (T, BANDS) each
    for field in (lengths, begun, pending):
        columns.append(_spreads(field))
    columns += [_speeds(lengths, across, down), _directions(lengths, across, down), _halves(down), motion.extents]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _profile(field: np.ndarray) -> np.ndarray:
    rows = field.mean(axis=2).reshape(len(field), BANDS, GRID // BANDS)
    return np.asarray(rows.mean(axis=2) * _PROFILE_GAIN)


def _spreads(field: np.ndarray) -> np.ndarray:
    """Middle and spread from top to bottom, spread from side to side, as shares of the region, (T, 3)."""
    middle, tall = _middle_and_spread(field.mean(axis=2))
    _, wide = _middle_and_spread(field.mean(axis=1))
    return np.stack((middle, tall, wide), axis=1)


def _middle_and_spread(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places = (np.arange(GRID) + 0.5) / GRID
    shares = profile + _NOTHING
    shares = shares / shares.sum(axis=1, keepdims=True)
    middle = shares @ places
    variance = shares @ (places * places) - middle * middle
    return middle, np.sqrt(np.maximum(variance, 0))


def _speeds(lengths: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Mean speed down and across of what moves, how much moves, and the fastest down, up and across, (T, 6)."""
    mean = lengths.mean(axis=(1, 2)) + _NOTHING
    down_mean = (lengths * down).mean(axis=(1, 2)) / mean
    across_mean = np.abs((lengths * across).mean(axis=(1, 2))) / mean
    fastest = [np.percentile(field, _FASTEST_PERCENT, axis=(1, 2)) for field in (down, -down, np.abs(across))]
    return np.stack((down_mean, across_mean, mean * _MOTION_GAIN, *fastest), axis=1)


def _directions(lengths: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Share of all motion in each direction, (T, DIRECTIONS)."""
    angles = np.arctan2(down, np.abs(across)) / np.pi + 0.5  # 0 is up, 1 is down
    sector = np.minimum((angles * DIRECTIONS).astype(int), DIRECTIONS - 1)
    total = lengths.mean(axis=(1, 2)) + _NOTHING
    shares = [(lengths * (sector == index)).mean(axis=(1, 2)) / total for index in range(DIRECTIONS)]
    return np.stack(shares, axis=1)


def _halves(down: np.ndarray) -> np.ndarray:
    """Mean speed down of the upper and the lower half, (T, 2)."""
    upper, lower = down[:, : GRID // 2], down[:, GRID // 2 :]
    return np.stack((upper.mean(axis=(1, 2)), lower.mean(axis=(1, 2))), axis=1) * _HALF_GAIN
