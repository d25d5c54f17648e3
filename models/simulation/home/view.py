"""Cameras as people put them up at home: on a shelf, a table or a tripod, or high on the wall."""

import numpy as np

from models.simulation.camera import Camera
from models.simulation.layout import Layout

MIN_DISTANCE_METRES = 1.9
MAX_TRIES = 400


def draw_home_camera(
    layout: Layout, spots: np.ndarray, rng: np.random.Generator, *, width: int, height: int
) -> Camera | None:
    """Draw a camera at a wall that sees whoever stands at these floor points (N, 2); None if none was found.

    Low cameras look straight ahead, high ones down.
    """
    people = np.concatenate(
        [np.column_stack((spots, np.full(len(spots), z))) for z in (0.0, 1.7)]
    )  # feet and heads, (2 N, 3)
    for _ in range(MAX_TRIES):
        position = _at_a_wall(layout, rng)
        if np.linalg.norm(spots - position[:2], axis=1).min() < MIN_DISTANCE_METRES:
            continue
        target = np.array((*spots.mean(axis=0), 0.8)) + rng.normal(0, (0.3, 0.3, 0.1))
        camera = Camera.look_at(
            position,
            target,
            horizontal_fov_degrees=float(rng.uniform(48, 95)),
            roll_degrees=float(rng.normal(0, 2.0)),
            width=width,
            height=height,
        )
        if camera.is_in_view(people, -0.02).all() and _is_seen_from_near_enough(camera, people):
            return camera
    return None


def _at_a_wall(layout: Layout, rng: np.random.Generator) -> np.ndarray:
    x, y = rng.uniform(0.05, layout.width - 0.05), rng.uniform(0.05, layout.depth - 0.05)
    wall = int(rng.integers(4))
    x = (0.06, layout.width - 0.06, x, x)[wall]
    y = (y, y, 0.06, layout.depth - 0.06)[wall]
    z = rng.uniform(0.55, 1.6) if rng.random() < 0.7 else rng.uniform(1.6, 2.5)
    return np.array((x, y, z))


def _is_seen_from_near_enough(camera: Camera, people: np.ndarray) -> bool:
    """Refuse views in which the nearest person is less than a third as tall as the picture."""
    pixels = camera.project(people)
    tall = np.abs(pixels[len(people) // 2 :, 1] - pixels[: len(people) // 2, 1])
    return bool(tall.max() > 0.33 * camera.height)
