"""How a clip moves, told without the room: optical flow and change, seen around whatever moves, in its own size.

Whoever falls moves down by more than half of the own height within a second, in any room and before any camera. So
flow is measured in the size of the region that moves, and that region alone is looked at.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.flow.dis import flow_between, grey_frames

FRAME_RATE_HZ = 7.5
"""Half of 15 and a quarter of 30 frames a second, which are the usual rates: no frame is held or skipped unevenly."""
CLIP_FRAMES = 24
SHORT_SIDE = 120
"""Height or width, whichever is smaller, of the frames between which flow is measured."""
STEPS = CLIP_FRAMES - 1
"""Pairs of frames in a clip."""
GRID = 24
"""Cells along either side of the square that is looked at."""
CHANNELS = 4
"""Flow to the right and down, change since the clip's first frame and until its last."""
EDGES = 7
"""Numbers that go with each step: how much of what moves, and of what changes, lies at the edges of the picture."""
EXTENTS = 2 + EDGES
"""Numbers that go with each step: size of the region against the picture, how much moves in all of it, the edges."""

REDUCTION = 2
"""Pixels of a frame to one of the fields that are kept."""
STILL_PIXELS = 0.35
"""Flow shorter than this is noise."""
FLOW_GAIN = 5.0
"""A fifth of the region in one step becomes 1."""
FLOW_LIMIT = 3.0
EDGE_SHARE = 0.03
"""Share of all motion that may lie beyond each side of the region."""
MARGIN_SHARE = 0.15
SMALLEST_SHARE = 0.3
"""Of the picture's shorter side, for the region's."""
LEAST_MOTION = 0.002
"""Mean motion, pixels a step over the whole picture, below which nothing moves."""
LEAST_CONTRAST = 24.0
"""Change of brightness, in levels of 255, that counts as full where everything changes less."""
BORDER_SHARE = 0.06
"""Of the picture's height: width of the strips along its edges."""
STILL_LEVELS = 12.0
"""A smaller change of brightness is noise."""
LEAST_CHANGE = 0.5
"""Mean change, levels over the whole picture, below which edges count for less."""
CHANGE_GAIN = 2.0


@dataclass(frozen=True, eq=False)
class Fields:
    """The flow between neighbouring frames and the frames' brightness, both reduced."""

    flows: np.ndarray
    """Pixels of the reduced fields to the right and down, float16, (T - 1, H, W, 2)."""
    greys: np.ndarray
    """uint8, (T, H, W)."""


@dataclass(frozen=True, eq=False)
class Region:
    """A square on the reduced fields; it may reach beyond the picture."""

    left: float
    top: float
    side: float


@dataclass(frozen=True, eq=False)
class ClipMotion:
    """A clip's motion within a region."""

    cells: np.ndarray
    """float32, (STEPS, CHANNELS, GRID, GRID)."""
    extents: np.ndarray
    """float32, (STEPS, EXTENTS)."""


def reduce_greys(frames: np.ndarray) -> np.ndarray:
    """Return the brightness of frames, uint8 RGB (T, H, W, 3), at the size of the fields."""
    size = _reduced(frames.shape[1:3])
    return np.stack([cv2.resize(grey, size, interpolation=cv2.INTER_AREA) for grey in grey_frames(frames)])


def reduced_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the flow from one frame to the next, uint8 grey (H, W), at the size of the fields, float16 (h, w, 2)."""
    flow = cv2.resize(flow_between(first, second), _reduced(first.shape), interpolation=cv2.INTER_AREA)
    return (flow / np.float32(REDUCTION)).astype(np.float16)


def measure_fields(frames: np.ndarray) -> Fields:
    """Return the fields of consecutive frames, uint8 RGB (T, H, W, 3)."""
    greys = grey_frames(frames)
    flows = [reduced_flow(greys[index], greys[index + 1]) for index in range(len(greys) - 1)]
    return Fields(np.stack(flows), reduce_greys(frames))


def find_region(flows: np.ndarray) -> Region:
    """Return the square around nearly all motion of a clip; around the middle of the picture where nothing moves."""
    lengths = np.hypot(*np.moveaxis(flows.astype(np.float32), -1, 0))  # (T - 1, H, W)
    motion = np.maximum(lengths - STILL_PIXELS / REDUCTION, 0).mean(axis=0)  # (H, W)
    height, width = motion.shape
    if motion.mean() < LEAST_MOTION:
        side = float(min(height, width))
        return Region((width - side) / 2, (height - side) / 2, side)
    left, right = _extent(motion.sum(axis=0))
    top, bottom = _extent(motion.sum(axis=1))
    side = max((right - left), (bottom - top)) * (1 + 2 * MARGIN_SHARE)
    side = max(side, SMALLEST_SHARE * min(height, width))
    return Region((left + right - side) / 2, (top + bottom - side) / 2, side)


def motion_within(fields: Fields, region: Region) -> ClipMotion:
    """Return a clip's motion within a region of its fields, in the region's own size."""
    flows = np.moveaxis(fields.flows.astype(np.float32), -1, 1)  # (T - 1, 2, H, W)
    greys = fields.greys.astype(np.float32)
    changes = np.stack((np.abs(greys[1:] - greys[0]), np.abs(greys[:-1] - greys[-1])), axis=1)  # (T - 1, 2, H, W)
    height, width = greys.shape[1:]
    rows, columns = _shares(region.top, region.side, height), _shares(region.left, region.side, width)
    fields_of_steps = np.concatenate((flows, changes), axis=1)  # (T - 1, 4, H, W)
    seen = rows @ (fields_of_steps.reshape(-1, width) @ columns.T).reshape(-1, CHANNELS, height, GRID)
    seen[:, :2] = np.clip(seen[:, :2] * (FLOW_GAIN / region.side), -FLOW_LIMIT, FLOW_LIMIT)
    seen[:, 2:] = np.minimum(seen[:, 2:] / max(float(np.percentile(seen[:, 2:], 98)), LEAST_CONTRAST), 1.5)
    moving = np.abs(flows).mean(axis=(1, 2, 3)) * (FLOW_GAIN * 10 / min(height, width))
    extents = np.stack((np.full(len(flows), region.side / min(height, width)), np.minimum(moving, FLOW_LIMIT)), axis=1)
    extents = np.concatenate((extents, _at_the_edges(flows, changes)), axis=1)
    return ClipMotion(seen.astype(np.float32), extents.astype(np.float32))


def _at_the_edges(flows: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """Return how much happens where people come into the picture and leave it, (T, EDGES).

    Who leaves at the bottom moves down and is gone, as who falls is out of where they stood; only the place tells.

    Args:
        flows: (T, 2, H, W).
        changes: since the first frame and until the last, levels of 255, (T, 2, H, W).
    """
    lengths = np.maximum(np.hypot(flows[:, 0], flows[:, 1]) - STILL_PIXELS / REDUCTION, 0)
    sides, top, bottom = _edge_shares(lengths, LEAST_MOTION)
    columns = [sides, top, bottom]
    for index in range(changes.shape[1]):
        sides, _, bottom = _edge_shares(np.maximum(changes[:, index] - STILL_LEVELS, 0), LEAST_CHANGE)
        columns += [sides * CHANGE_GAIN, bottom * CHANGE_GAIN]
    return np.stack(columns, axis=1)


def _edge_shares(amounts: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which shares of some amounts (T, H, W) lie at either side, at the top and at the bottom, (T,) each."""
    height = amounts.shape[1]
    strip = max(2, round(BORDER_SHARE * height))
    total = amounts.sum(axis=(1, 2)) + least * amounts[0].size
    parts = (
        amounts[:, :, :strip].sum(axis=(1, 2)) + amounts[:, :, -strip:].sum(axis=(1, 2)),
        amounts[:, :strip].sum(axis=(1, 2)),
        amounts[:, -strip:].sum(axis=(1, 2)),
    )
    return parts[0] / total, parts[1] / total, parts[2] / total


def _reduced(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return width and height of the fields, as OpenCV wants them."""
    return round(shape[1] / REDUCTION), round(shape[0] / REDUCTION)


def _extent(profile: np.ndarray) -> tuple[float, float]:
    """Return between which places along one axis nearly all motion lies."""
    edges = np.concatenate(([0.0], np.cumsum(profile) / profile.sum()))
    low, high = np.interp((EDGE_SHARE, 1 - EDGE_SHARE), edges, np.arange(len(edges)))
    return float(low), float(high)


def _shares(start: float, side: float, size: int) -> np.ndarray:
    """Return how much of each cell every pixel of an axis fills, (GRID, size); cells beyond the picture are empty."""
    borders = start + side / GRID * np.arange(GRID + 1)
    pixels = np.arange(size)
    overlap = np.minimum(borders[1:, None], pixels + 1) - np.maximum(borders[:-1, None], pixels)
    return np.asarray(np.maximum(overlap, 0) * (GRID / side), np.float32)
