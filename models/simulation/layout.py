"""Where bed, chair, door and camera are in a room drawn at random, and places to stand."""

from dataclasses import dataclass

import numpy as np

from models.simulation.camera import Camera
from models.simulation.placement import Footprint, Placement

MAX_TRIES = 2000
MIN_FOV_DEGREES = 48.0
MAX_FOV_DEGREES = 104.0


@dataclass(frozen=True)
class Bed:
    """A bed with a backrest that can be raised; `along` its placement runs from head to foot."""

    place: Placement
    length: float
    width: float
    top: float
    """Height of the mattress's surface, metres."""
    exit_side: int
    """1 when the patient leaves to the left of `along`, -1 to the right."""

    @property
    def footprint(self) -> Footprint:
        return Footprint(self.place, self.length, self.width)

    @property
    def hinge(self) -> float:
        """Offset along at which the backrest begins to rise, metres."""
        return -0.16

    @property
    def pelvis(self) -> float:
        """Offset along at which a patient's pelvis lies, metres."""
        return self.hinge + 0.12

    @property
    def seat(self) -> float:
        """Offset along at which a patient sits on the edge, metres."""
        return self.pelvis + 0.12

    def beside(self, along: float, distance: float, side: int) -> np.ndarray:
        """Return the floor point (2,) at `distance` metres from one long edge."""
        return self.place.to_room(along, side * (self.width / 2 + distance))[:2]


@dataclass(frozen=True)
class Chair:
    """An armchair; `along` its placement is the way a sitter faces."""

    place: Placement
    seat_height: float
    width: float
    depth: float
    back_height: float
    recline_degrees: float

    @property
    def footprint(self) -> Footprint:
        return Footprint(self.place, self.depth + 0.15, self.width + 0.15)

    def front(self, distance: float, across: float = 0.0) -> np.ndarray:
        """Return the floor point (2,) at `distance` metres before the seat's edge."""
        return self.place.to_room(self.depth / 2 + distance, across)[:2]


@dataclass(frozen=True, eq=False)
class Layout:
    """A room: x to the right, y away from the origin, z up; walls at 0 and at width and depth."""

    width: float
    depth: float
    height: float
    bed: Bed
    chair: Chair
    door: np.ndarray
    """Floor point (2,) in the middle of the door."""
    outside: np.ndarray
    """Floor point (2,) beyond the door."""

    @property
    def threshold(self) -> np.ndarray:
        """Floor point (2,) just inside the door."""
        return np.asarray(self.door + np.array((0.0, 0.45)))

    def is_free(self, points: np.ndarray, margin: float) -> np.ndarray:
        """Say of each floor point (..., 2) whether it is in the room and `margin` metres from bed and chair."""
        x, y = points[..., 0], points[..., 1]
        inside = (x > 0.3) & (x < self.width - 0.3) & (y > 0.3) & (y < self.depth - 0.3)
        blocked = self.bed.footprint.contains(points, margin) | self.chair.footprint.contains(points, margin)
        return np.asarray(inside & ~blocked)

    def key_points(self) -> np.ndarray:
        """Return the points (N, 3) that a camera must see: bed, chair, heads of people standing beside them."""
        bed, chair = self.bed, self.chair
        heads = [(*bed.beside(bed.seat, 0.4, bed.exit_side), 1.8), (*chair.front(0.3), 1.8)]
        feet = [(*bed.beside(bed.seat, 0.5, bed.exit_side), 0.0), (*chair.front(0.5), 0.0)]
        return np.concatenate(
            (bed.footprint.corners(0.05, bed.top + 0.2), chair.footprint.corners(0, 0.6), heads, feet)
        )


def draw_layout(rng: np.random.Generator) -> Layout:
    """Draw a room in which bed and chair stand free, with space to walk between them."""
    for _ in range(MAX_TRIES):
        layout = _try_layout(rng)
        if layout is not None:
            return layout
    raise RuntimeError(f"no room with free space was found in {MAX_TRIES} tries; the ranges of layout.py are too tight")


def draw_camera(layout: Layout, rng: np.random.Generator, *, width: int, height: int) -> Camera:
    """Draw a camera below the ceiling, in a corner or on a wall, that sees everything that matters."""
    for _ in range(MAX_TRIES):
        camera = _try_camera(layout, rng, width, height)
        if camera is not None:
            return camera
    raise RuntimeError(f"no camera saw bed and chair in {MAX_TRIES} tries; the ranges of layout.py are too tight")


def _try_layout(rng: np.random.Generator) -> Layout | None:
    width, depth, height = rng.uniform(4.0, 6.2), rng.uniform(3.8, 5.6), rng.uniform(2.6, 3.1)
    length, bed_width = rng.uniform(1.98, 2.2), rng.uniform(0.84, 1.02)
    yaw = np.radians(-90 + (rng.uniform(-22, 22) if rng.random() < 0.6 else 0.0))
    x = rng.uniform(bed_width / 2 + 0.5, width - bed_width / 2 - 0.5)
    y = depth - length / 2 - rng.uniform(0.08, 0.45)
    exit_side = 1 if x < width / 2 else -1
    bed = Bed(Placement(x, y, yaw), length, bed_width, rng.uniform(0.5, 0.7), exit_side)
    corner = bed.place.to_room(rng.uniform(-0.5, 0.9), exit_side * (bed_width / 2 + rng.uniform(0.95, 2.1)))
    facing = yaw - exit_side * np.radians(rng.uniform(-25, 115))
    chair = Chair(
        Placement(float(corner[0]), float(corner[1]), float(facing)),
        seat_height=rng.uniform(0.42, 0.5),
        width=rng.uniform(0.56, 0.72),
        depth=rng.uniform(0.5, 0.62),
        back_height=rng.uniform(0.95, 1.2),
        recline_degrees=rng.uniform(6, 26),
    )
    door_x = rng.uniform(0.7, width - 0.7)
    layout = Layout(
        width, depth, height, bed, chair, np.array((door_x, 0.0)), np.array((door_x + rng.uniform(-0.3, 0.3), -1.2))
    )
    return layout if _is_usable(layout) else None


def _is_usable(layout: Layout) -> bool:
    bed, chair = layout.bed, layout.chair
    edges = chair.footprint.corners(0.05)[:, :2]
    inside = (edges > 0.1).all() and (edges < np.array((layout.width, layout.depth)) - 0.1).all()
    stands = np.array((chair.front(0.35), bed.beside(bed.seat, 0.4, bed.exit_side), layout.threshold))
    clear = not bed.footprint.contains(edges, 0.3).any()
    heads_in = (bed.footprint.corners()[:, 1] < layout.depth).all()
    return bool(inside and clear and heads_in and layout.is_free(stands, 0.12).all())


def _try_camera(layout: Layout, rng: np.random.Generator, width: int, height: int) -> Camera | None:
    margin = rng.uniform(0.1, 0.3)
    xs, ys = (margin, layout.width - margin), (margin, layout.depth - margin)
    x, y = xs[int(rng.integers(2))], ys[int(rng.random() < 0.25)]
    if rng.random() < 0.3:  # along a wall instead of in the corner
        x, y = (rng.uniform(*xs), y) if rng.random() < 0.6 else (x, rng.uniform(*ys))
    position = np.array((x, y, rng.uniform(2.25, layout.height - 0.1)))
    points = layout.key_points()
    target = (points.min(axis=0) + points.max(axis=0)) / 2 + rng.normal(0, 0.1, 3)
    if np.linalg.norm(points[:, :2] - position[:2], axis=1).min() < 0.7:
        return None
    roll_degrees, spare = rng.normal(0, 1.5), rng.uniform(1.02, 1.22)
    for fov_degrees in np.arange(MIN_FOV_DEGREES, MAX_FOV_DEGREES, 4.0):
        camera = Camera.look_at(
            position,
            target,
            horizontal_fov_degrees=min(fov_degrees * spare, MAX_FOV_DEGREES),
            roll_degrees=roll_degrees,
            width=width,
            height=height,
        )
        if camera.is_in_view(points, 0.02).all():
            return camera if _is_large_enough(camera, layout) else None
    return None


def _is_large_enough(camera: Camera, layout: Layout) -> bool:
    """Refuse views in which the bed is a speck."""
    corners = camera.project(layout.bed.footprint.corners(0, layout.bed.top))
    diagonal = float(np.linalg.norm(corners.max(axis=0) - corners.min(axis=0)))
    return diagonal > 0.36 * camera.width
