"""Turning volumes by exact steps: axes swapped and reversed, no voxel interpolated."""

from itertools import permutations, product

import numpy as np

from models.imaging.voxel_grid import VoxelGrid

STANDARD = "SPL"
"""Slices from the feet to the head, rows from the front to the back, columns from right to left."""


def reorient(voxels: np.ndarray, grid: VoxelGrid, orientation: str = STANDARD) -> tuple[np.ndarray, VoxelGrid]:
    """Turn a volume so that its axes rise, most nearly, to the sides that three letters name.

    Args:
        voxels: shape (..., D, H, W).
        grid: of the voxels.
        orientation: as `VoxelGrid.orientation` says it, such as "SPL".

    Returns:
        A view of the voxels, and its grid; every voxel keeps its place in the patient.

    Raises:
        ValueError: the letters name no orientation.
    """
    if [sum(side in pair for side in orientation) for pair in ("LR", "PA", "SI")] != [1, 1, 1]:
        raise ValueError(f"an orientation needs one letter each of LR, PA and SI, such as SPL; got {orientation!r}")
    for order, signs in _turns():
        turned = _turned_grid(grid, order, signs)
        if turned.orientation == orientation:
            return _turned(voxels, order, signs), turned
    raise ValueError(f"no turn of the axes {grid.directions.tolist()} rises to {orientation}")


def onto_grid(voxels: np.ndarray, grid: VoxelGrid, target: VoxelGrid) -> np.ndarray:
    """Return the voxels in the order of another grid that has the same places in another order.

    Args:
        voxels: shape (..., D, H, W).
        grid: of the voxels.
        target: where each must come to lie, such as the grid of the image that labels belong to.

    Raises:
        ValueError: the grids differ by more than the order and the direction of their axes.
    """
    for order, signs in _turns():
        if _turned_grid(grid, order, signs).is_like(target):
            return _turned(voxels, order, signs)
    raise ValueError(
        f"required two grids of the same places; got {_described(grid)} and {_described(target)}: "
        "resample one of them onto the other"
    )


def placed_in(voxels: np.ndarray, grid: VoxelGrid, target: VoxelGrid) -> np.ndarray:
    """Return an array of another grid's shape in which the voxels lie in their places; elsewhere it is 0.

    Args:
        voxels: shape (D, H, W), such as labels of some slices.
        grid: of the voxels.
        target: the grid of the whole image.

    Raises:
        ValueError: the voxels do not lie on places of the other grid.
    """
    for order, signs in _turns():
        turned = _turned_grid(grid, order, signs)
        first = target.indices(np.array([turned.origin_mm]))[0]
        start = np.rint(first).astype(int)
        whole = VoxelGrid(turned.shape, np.c_[target.affine[:, :3], [*target.positions_mm(start[None])[0], 1]])
        if turned.is_like(whole) and (start >= 0).all() and (start + turned.shape <= target.shape).all():
            placed = np.zeros(target.shape, voxels.dtype)
            box = tuple(slice(at, at + count) for at, count in zip(start, turned.shape, strict=True))
            placed[box] = _turned(voxels, order, signs)
            return placed
    raise ValueError(
        f"required places of {_described(target)}; got {_described(grid)}: resample the voxels onto that grid"
    )


def _turns() -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return list(product(permutations(range(3)), product((1, -1), repeat=3)))


def _turned(voxels: np.ndarray, order: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    first = voxels.ndim - 3
    turned = voxels.transpose(*range(first), *(first + axis for axis in order))
    return np.flip(turned, tuple(first + axis for axis, sign in enumerate(signs) if sign < 0))


def _turned_grid(grid: VoxelGrid, order: tuple[int, ...], signs: tuple[int, ...]) -> VoxelGrid:
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, list(order)] * signs
    for axis, sign in zip(order, signs, strict=True):
        if sign < 0:
            affine[:3, 3] += (grid.shape[axis] - 1) * grid.affine[:3, axis]
    depth, height, width = (grid.shape[axis] for axis in order)
    return VoxelGrid((depth, height, width), affine)


def _described(grid: VoxelGrid) -> str:
    origin = ", ".join(f"{value:.1f}" for value in grid.origin_mm)
    spacing = " x ".join(f"{value:.4g}" for value in grid.spacing_mm)
    return f"{grid.shape} voxels of {spacing} mm, {grid.orientation}, from ({origin})"
