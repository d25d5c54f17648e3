"""Room, chair and clutter as solids that never move."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from models.simulation.camera import Camera
from models.simulation.layout import Chair, Layout
from models.simulation.palette import SceneColours
from models.simulation.placement import Placement
from models.simulation.solids import Bar, Polygon, Solid, box


def still_solids(layout: Layout, camera: Camera, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    """Yield the room, what stands about in it, and the chair."""
    yield from _room_solids(layout, colours, rng)
    yield from _clutter_solids(layout, camera, colours, rng)
    yield from _chair_solids(layout.chair, colours)


def _room_solids(layout: Layout, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    """Yield floor with tiles, ceiling, four walls with skirting, door and window."""
    width, depth, height = layout.width, layout.depth, layout.height
    yield _floor(0, width, 0, depth, 0.0, colours.floor)
    yield _floor(0, width, 0, depth, height, colours.ceiling)
    yield from _tiles(layout, colours.tile, rng)
    walls = (((0, 0), (0, depth)), ((width, 0), (width, depth)), ((0, depth), (width, depth)), ((0, 0), (width, 0)))
    for number, (first, second) in enumerate(walls):
        yield _upright(first, second, 0.0, height, colours.walls[number % 2])
        inward = np.sign(np.array((width / 2, depth / 2)) - np.array(first)) * 0.01
        yield _upright(inward + first, inward + second, 0.0, 0.12, colours.bed_frame)
    x = float(layout.door[0])
    yield _upright((x - 0.5, 0.012), (x + 0.5, 0.012), 0.0, 2.05, colours.door)
    low = rng.uniform(0.3, 0.5) * depth
    side = 0.012 if layout.bed.exit_side < 0 else width - 0.012
    yield Polygon(_wall_corners((side, low), (side, low + rng.uniform(0.8, 1.6)), 0.95, 2.0), colours.window, glow=1.15)


def _chair_solids(chair: Chair, colours: SceneColours) -> Iterator[Solid]:
    """Yield seat, leaning back, arms and legs of an armchair."""
    place, half_width, half_depth = chair.place, chair.width / 2, chair.depth / 2
    seat = chair.seat_height
    yield from box(
        place, (-half_depth, half_depth), (-half_width, half_width), (seat - 0.12, seat), colours.chair_cushion
    )
    lean = np.tan(np.radians(chair.recline_degrees)) * (chair.back_height - seat)
    for across in np.linspace(-half_width + 0.08, half_width - 0.08, 5):
        foot, head = (
            place.to_room(-half_depth, across, seat),
            place.to_room(-half_depth - lean, across, chair.back_height),
        )
        yield Bar(foot, head, 0.08, colours.chair)
    for side in (-1, 1):
        arm = (side * half_width - 0.05, side * half_width + 0.05)
        yield from box(place, (-half_depth, half_depth), arm, (0.1, seat + 0.18), colours.chair)


def _clutter_solids(layout: Layout, camera: Camera, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    """Yield what stands about: lockers along walls, devices and an IV pole at the bed's head, a curtain."""
    for _ in range(int(rng.integers(1, 5))):
        place = _free_place(layout, camera, rng)
        if place is not None:
            size, tall = rng.uniform(0.2, 0.45), rng.uniform(0.4, 1.3)
            material = int(rng.choice((colours.wood, colours.device, colours.metal)))
            yield from box(place, (-size, size), (-0.22, 0.22), (0.0, tall), material)
    yield from _bedside(layout, camera, colours, rng)
    if rng.random() < 0.8:
        yield from _iv_pole(layout, camera, colours, rng)
    if rng.random() < 0.45:
        yield from _curtain(layout, camera, colours, rng)


def _tiles(layout: Layout, material: int, rng: np.random.Generator) -> Iterator[Polygon]:
    """A chequered floor, stripes along one side, or nothing."""
    size, style = rng.uniform(0.5, 0.9), rng.random()
    if style < 0.4:
        return
    for column in range(int(layout.width / size) + 1):
        for row in range(int(layout.depth / size) + 1):
            if (column + (row if style < 0.75 else 0)) % 2:
                x, y = column * size, row * size
                yield _floor(x, min(x + size, layout.width), y, min(y + size, layout.depth), 0.004, material)


def _bedside(layout: Layout, camera: Camera, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    """A monitor on a stand and a locker at the head of the bed, away from the patient's way out."""
    bed = layout.bed
    across = -bed.exit_side * (bed.width / 2 + rng.uniform(0.25, 0.4))
    spot = bed.place.to_room(-bed.length / 2 + rng.uniform(0.15, 0.5), across)
    if np.linalg.norm(spot[:2] - camera.position[:2]) < 1.3:
        return
    place = Placement(float(spot[0]), float(spot[1]), bed.place.yaw)
    yield from box(place, (-0.2, 0.2), (-0.2, 0.2), (0.0, rng.uniform(0.6, 0.95)), colours.wood)
    yield Bar(place.to_room(-0.2, 0, 0), place.to_room(-0.2, 0, 1.5), 0.02, colours.metal)
    corners = [place.to_room(-0.15, c, z) for c, z in ((-0.22, 1.3), (0.22, 1.3), (0.22, 1.6), (-0.22, 1.6))]
    yield Polygon(np.array(corners), colours.screen, glow=rng.uniform(0.9, 1.6))


def _iv_pole(layout: Layout, camera: Camera, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    bed = layout.bed
    side = bed.exit_side if rng.random() < 0.35 else -bed.exit_side
    along = -bed.length / 2 + rng.uniform(0.0, 0.4) if side == bed.exit_side else rng.uniform(-0.9, 0.6)
    x, y = bed.beside(along, rng.uniform(0.15, 0.4), side)
    if np.linalg.norm(np.array((x, y)) - camera.position[:2]) < 1.6:
        return
    top = rng.uniform(1.6, 2.0)
    yield Bar(np.array((x, y, 0.05)), np.array((x, y, top)), 0.018, colours.metal)
    for angle in rng.uniform(0, np.pi, 2):
        arm = 0.14 * np.array((np.cos(angle), np.sin(angle), 0.0))
        yield Bar(np.array((x, y, 0.04)) - 2 * arm, np.array((x, y, 0.04)) + 2 * arm, 0.02, colours.metal)
        yield Bar(np.array((x, y, top)) - arm, np.array((x, y, top)) + arm, 0.01, colours.metal)
        yield Bar(np.array((x, y, top - 0.08)) + arm, np.array((x, y, top - 0.26)) + arm, 0.05, colours.bag)
    if rng.random() < 0.6:
        yield Bar(np.array((x, y, 1.0)), np.array((x, y, 1.25)), 0.08, colours.device)


def _curtain(layout: Layout, camera: Camera, colours: SceneColours, rng: np.random.Generator) -> Iterator[Solid]:
    """A gathered curtain that hangs from the ceiling, where it hides none of the places that matter."""
    for _ in range(20):
        centre = rng.uniform((0.4, 0.4), (layout.width - 0.4, layout.depth - 0.4))
        angle, length = rng.uniform(0, np.pi), rng.uniform(0.4, 1.2)
        way = length / 2 * np.array((np.cos(angle), np.sin(angle)))
        if layout.is_free(np.array((centre - way, centre, centre + way)), 0.2).all() and not _hides(
            layout, camera, centre - way, centre + way
        ):
            ends = np.linspace(centre - way, centre + way, 9)
            folds = 0.04 * np.array((-np.sin(angle), np.cos(angle)))
            for number, (first, second) in enumerate(pairwise(ends)):
                bend = folds if number % 2 else -folds
                yield Polygon(
                    _wall_corners(first - bend, second + bend, 0.3, layout.height),
                    colours.curtain,
                    glow=1.0 if number % 2 else 0.88,
                )
            return


def _hides(layout: Layout, camera: Camera, first: np.ndarray, second: np.ndarray) -> bool:
    """Say whether a wall between two floor points crosses a line of sight to bed, chair or their front."""
    eye = camera.position[:2]
    if np.linalg.norm((first + second) / 2 - eye) < 1.5:
        return True
    bed, chair = layout.bed, layout.chair
    middles = (bed.place.to_room(0, 0), chair.place.to_room(0, 0), bed.place.to_room(0, bed.exit_side * 0.5))
    points = np.concatenate((layout.key_points(), middles))[:, :2]
    return any(_cross(eye, point, first, second) for point in points)


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> bool:
    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> bool:
        return bool((q[0] - p[0]) * (r[1] - p[1]) > (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, c, d) != side(b, c, d) and side(a, b, c) != side(a, b, d)


def _free_place(layout: Layout, camera: Camera, rng: np.random.Generator) -> Placement | None:
    """A spot along a wall that is in nobody's way nor right before the camera."""
    for _ in range(30):
        along, wall = rng.uniform(0.5, 1.0), int(rng.integers(4))
        x = (0.28, layout.width - 0.28, along * layout.width - 0.4, along * layout.width - 0.4)[wall]
        y = (along * layout.depth - 0.4, along * layout.depth - 0.4, 0.28, layout.depth - 0.28)[wall]
        spot = np.array((x, y))
        from_eye = np.linalg.norm(spot - camera.position[:2])
        from_door = np.linalg.norm(spot - layout.door)
        if from_eye > 1.3 and from_door > 1.0 and layout.is_free(np.clip(spot, 0.35, 9), 0.7):
            return Placement(float(x), float(y), 0.0 if wall > 1 else np.pi / 2)
    return None


def _floor(x0: float, x1: float, y0: float, y1: float, z: float, material: int) -> Polygon:
    return Polygon(np.array(((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z))), material)


def _upright(
    first: tuple[float, float], second: tuple[float, float], low: float, high: float, material: int
) -> Polygon:
    return Polygon(_wall_corners(first, second, low, high), material)


def _wall_corners(first: object, second: object, low: float, high: float) -> np.ndarray:
    (x0, y0), (x1, y1) = np.asarray(first, float), np.asarray(second, float)
    return np.array(((x0, y0, low), (x1, y1, low), (x1, y1, high), (x0, y0, high)))
