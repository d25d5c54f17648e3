"""Slices of a volume side by side, as a radiologist looks at them, with labels laid over."""

from collections.abc import Callable
from math import ceil

import cv2
import numpy as np

from app.pictures.canvas import Canvas
from app.pictures.overlay import overlay
from models.imaging.orientation import reorient
from models.imaging.voxel_grid import VoxelGrid
from models.samples import Image, StoredVolume, Volume

WINDOWS_HU = {"soft tissue": (-160.0, 240.0), "lung": (-1350.0, 150.0), "bone": (-450.0, 1050.0), "brain": (0.0, 80.0)}
"""Values shown as black and as white."""
_TILE_SIDE, _CAPTION_HEIGHT = 256, 24
_TILE_HEIGHT = _TILE_SIDE + _CAPTION_HEIGHT
_COLUMNS = 4
_INK = (235, 240, 245)
_GAP = 4


def slice_montage(
    volume: Volume | StoredVolume,
    read_labels: Callable[[int], np.ndarray] | None = None,
    *,
    slices: tuple[int, int] | None = None,
    num_tiles: int = 12,
    window: tuple[float, float] | None = None,
) -> np.ndarray:
    """Draw slices evenly spread over a volume; the patient's left is on the right, the front or the head above.

    Args:
        volume: only the slices that are shown are read.
        read_labels: returns the labels of a slice by its index, whole numbers of shape (H, W).
        slices: the first and the last to show, such as those with labels; by default all.
        num_tiles: at most so many.
        window: values shown as black and as white; by default soft tissue for HU, else nearly the whole range.

    Returns:
        uint8 RGB, shape (H, W, 3).
    """
    first, last = slices or (0, volume.grid.shape[0] - 1)
    chosen = np.unique(np.linspace(first, last, min(num_tiles, last - first + 1)).round().astype(int)).tolist()
    shown = [volume.read_slab(index, index + 1)[0] for index in chosen]
    if window is None:
        window = WINDOWS_HU["soft tissue"] if volume.intensity_unit == "HU" else _usual_range(shown)
    tiles = []
    for index, values in zip(chosen, shown, strict=True):
        labels = None if read_labels is None else read_labels(index)
        tile = _tile(values, labels, volume.grid.slab(index, index + 1), window)
        tiles.append(_captioned(tile, _caption(volume.grid, index)))
    return _side_by_side(tiles)


def display_orientation(orientation: str) -> str:
    """Return how to turn a volume so that its slices are seen in the usual way.

    Columns run to the patient's left, or in sagittal slices to the back; rows to the feet, or in axial slices to the
    back.
    """
    sides = set(orientation[1:])
    rows = "I" if sides & {"S", "I"} else "P"
    columns = "L" if sides & {"L", "R"} else "P"
    return orientation[0] + rows + columns


def _tile(values: np.ndarray, labels: np.ndarray | None, grid: VoxelGrid, window: tuple[float, float]) -> np.ndarray:
    orientation = display_orientation(grid.orientation)
    turned, turned_grid = reorient(values, grid, orientation)
    picture = Image(np.ascontiguousarray(turned[0])[..., None], "slice", display_range=window).rgb8()
    _, height_mm, width_mm = (
        count * step for count, step in zip(turned_grid.shape, turned_grid.spacing_mm, strict=True)
    )
    scale = _TILE_SIDE / max(height_mm, width_mm)
    size = max(round(width_mm * scale), 1), max(round(height_mm * scale), 1)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if labels is None:
        return picture
    marks = np.ascontiguousarray(reorient(labels[None], grid, orientation)[0][0]).astype(np.int32)
    return overlay(picture, cv2.resize(marks, size, interpolation=cv2.INTER_NEAREST_EXACT))


def _captioned(tile: np.ndarray, caption: str) -> np.ndarray:
    framed = np.zeros((_TILE_HEIGHT, _TILE_SIDE, 3), np.uint8)
    top, left = (_TILE_SIDE - tile.shape[0]) // 2, (_TILE_SIDE - tile.shape[1]) // 2
    framed[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    Canvas.over(framed).text(6, _TILE_HEIGHT - 8, caption, size=14, colour=_INK)
    return framed


def _caption(grid: VoxelGrid, index: int) -> str:
    """Say which slice it is, and where along the axis that it mostly runs along."""
    axis = {"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}[grid.orientation[0]]
    centre = np.array([[index, (grid.shape[1] - 1) / 2, (grid.shape[2] - 1) / 2]])
    return f"slice {index}   {'xyz'[axis]} {grid.positions_mm(centre)[0, axis]:.4g} mm"


def _side_by_side(tiles: list[np.ndarray]) -> np.ndarray:
    num_columns = min(_COLUMNS, len(tiles))
    num_rows = ceil(len(tiles) / num_columns)
    down, right = _TILE_HEIGHT + _GAP, _TILE_SIDE + _GAP
    sheet = np.zeros((num_rows * down - _GAP, num_columns * right - _GAP, 3), np.uint8)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, num_columns)
        sheet[row * down : row * down + _TILE_HEIGHT, column * right : column * right + _TILE_SIDE] = tile
    return sheet


def _usual_range(slices: list[np.ndarray]) -> tuple[float, float]:
    low, high = np.quantile(np.stack(slices), (0.005, 0.995))
    return float(low), float(high)
