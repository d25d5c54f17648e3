"""Which way every pixel of a drawn picture goes, exactly: from the solids themselves, not from their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.simulation.camera import NEAR_METRES, Camera
from models.simulation.canvas import Canvas
from models.simulation.solids import Bar, Polygon, Solid

NOTHING_MOVES = -1
SURFACE_TOLERANCE = 0.03
"""Share of its distance by which a surface may lie behind the one in front of it and still count as that one."""


@dataclass(frozen=True, eq=False)
class MotionField:
    """Where each pixel of one frame goes until another one."""

    flow: np.ndarray
    """(H, W, 2), float32: pixels to the right, pixels down."""
    is_visible: np.ndarray
    """(H, W), bool: what the pixel shows can be seen in the other frame, too, neither hidden nor out of the picture."""


@dataclass(frozen=True, eq=False)
class Painting:
    """A canvas after solids were drawn on it, and which of them each pixel shows."""

    canvas: Canvas
    solids: Sequence[Solid]
    owners: np.ndarray
    """(H, W), index into `solids`, or NOTHING_MOVES where the canvas shows what was on it before."""


def paint(canvas: Canvas, solids: Sequence[Solid]) -> Painting:
    """Draw solids on a canvas, one after the other, and note whose pixels they are."""
    owners = np.full(canvas.depths.shape, NOTHING_MOVES, np.int32)
    for index, solid in enumerate(solids):
        before = canvas.depths.copy()
        solid.draw(canvas)
        owners[canvas.depths < before] = index
    return Painting(canvas, solids, owners)


def exact_motion(first: Painting, second: Painting) -> MotionField:
    """Return how the pixels of the first painting move until the second, by the same camera.

    Flat polygons move as rigid plates. A bar carries its surface along without turning about its own axis: it is round
    and bears no pattern, so its picture knows of no other motion.

    Args:
        first: Of the same solids as the second, in the same order, each where it was.

    Raises:
        ValueError: the paintings do not hold the same solids.
    """
    kinds = [[type(solid) for solid in painting.solids] for painting in (first, second)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"both paintings must hold the same solids, got {len(kinds[0])} and {len(kinds[1])} of them")
    height, width = first.owners.shape
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float64)  # (H, W, 2)
    depths = first.canvas.depths.astype(np.float64)
    start = places.copy()
    for index in np.unique(first.owners[first.owners != NOTHING_MOVES]):
        mine = first.owners == index
        arrived = _follow(
            first.solids[index], second.solids[index], start[mine], depths[mine], first.canvas.camera
        )  # (N, 3)
        places[mine], depths[mine] = arrived[:, :2], arrived[:, 2]
    flow = (places - start).astype(np.float32)
    return MotionField(flow, _is_seen(places, depths, second.canvas.depths))


def _follow(before: Solid, after: Solid, pixels: np.ndarray, depths: np.ndarray, camera: Camera) -> np.ndarray:
    """Return x, y and depth (N, 3) at which what these pixels (N, 2) show arrives."""
    if isinstance(before, Polygon) and isinstance(after, Polygon):
        return _follow_plate(before.corners, after.corners, pixels, depths, camera)
    if isinstance(before, Bar) and isinstance(after, Bar):
        return _follow_bar(before, after, pixels, camera)
    raise TypeError(f"a {type(before).__name__} cannot become a {type(after).__name__}")


def _follow_plate(
    before: np.ndarray, after: np.ndarray, pixels: np.ndarray, depths: np.ndarray, camera: Camera
) -> np.ndarray:
    """Find each pixel's place on the plate by two of its edges, and the same place on the moved plate."""
    rays = np.concatenate(((pixels - camera.centre) / camera.focal_pixels, np.ones((len(pixels), 1))), axis=1)
    points = rays * depths[:, None]
    old, new = camera.to_camera(before), camera.to_camera(after)
    shares = (points - old[0]) @ np.linalg.pinv(old[1:3] - old[0])  # (N, 2)
    arrived = new[0] + shares @ (new[1:3] - new[0])
    return np.concatenate((camera.to_pixels(arrived), arrived[:, 2:]), axis=1)


def _follow_bar(before: Bar, after: Bar, pixels: np.ndarray, camera: Camera) -> np.ndarray:
    """Find each pixel's place along and around the bar, as the canvas draws it, and the same place on the moved bar."""
    old, new = _seen_bar(before, camera), _seen_bar(after, camera)
    way = old.ends[1] - old.ends[0]
    offsets = pixels - old.ends[0]
    along = np.clip(offsets @ way / max(float(way @ way), 1e-6), 0.0, 1.0)[:, None]  # (N, 1)
    normals = (offsets - along * way) / _between(old.pixel_radii, along)  # (N, 2)
    heights = np.sqrt(np.maximum(1.0 - (normals * normals).sum(1, keepdims=True), 0.0))
    turned = np.concatenate((normals, -heights), axis=1) @ _turn(old.axis, new.axis).T  # (N, 3), the outward direction
    places = _between(new.ends, along) + turned[:, :2] * _between(new.pixel_radii, along)
    return np.concatenate((places, _between(new.depths, along) + turned[:, 2:] * _between(new.radii, along)), axis=1)


@dataclass(frozen=True, eq=False)
class _SeenBar:
    """A bar as the canvas sees it; each array holds its start and its end."""

    ends: np.ndarray
    depths: np.ndarray
    radii: np.ndarray
    pixel_radii: np.ndarray
    axis: np.ndarray


def _seen_bar(bar: Bar, camera: Camera) -> _SeenBar:
    seen = camera.to_camera(np.stack((bar.start, bar.end)))
    radii = np.array([[bar.radius], [bar.radius if bar.end_radius is None else bar.end_radius]])
    depths = np.maximum(seen[:, 2:], NEAR_METRES)
    pixel_radii = np.maximum(radii / depths * camera.focal_pixels, 0.55)
    return _SeenBar(camera.to_pixels(seen), depths, radii, pixel_radii, seen[1] - seen[0])


def _between(ends: np.ndarray, along: np.ndarray) -> np.ndarray:
    return np.asarray(ends[0] + along * (ends[1] - ends[0]))


def _turn(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the smallest rotation, (3, 3), that turns one direction into another."""
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    if min(lengths) < 1e-9:
        return np.eye(3)
    first, second = before / lengths[0], after / lengths[1]
    x, y, z = np.cross(first, second)
    skew = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + max(float(first @ second), -0.999)))


def _is_seen(places: np.ndarray, depths: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Say of arrived points whether a picture with these depths shows them, by the nearest pixel."""
    height, width = shown.shape
    columns, rows = np.rint(places).astype(int).transpose(2, 0, 1)
    is_inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    in_front = shown[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return np.asarray(is_inside & (depths <= in_front * (1 + SURFACE_TOLERANCE)))
