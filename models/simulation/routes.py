"""Ways across the floor that go round the furniture."""

from heapq import heappop, heappush

import numpy as np

from models.simulation.layout import Layout

BODY_MARGIN = 0.08
"""A way keeps this distance from furniture, metres, except where it begins or ends closer."""
CORNER_MARGIN = 0.38
"""Ways bend at points this far outside a corner, metres."""


def find_route(layout: Layout, start: np.ndarray, goal: np.ndarray) -> list[np.ndarray]:
    """Return the points (2,) to walk through after `start`, the last of them `goal`.

    The shortest way over the corners of bed and chair; straight ahead where none is free.
    """
    nodes = [start, goal, layout.threshold, *_bends(layout)]
    best = {0: 0.0}
    came_from: dict[int, int] = {}
    queue = [(0.0, 0)]
    while queue:
        length, index = heappop(queue)
        if index == 1:
            return _trace(nodes, came_from)
        for other in range(1, len(nodes)):
            total = length + float(np.linalg.norm(nodes[other] - nodes[index]))
            if total < best.get(other, np.inf) and _is_clear(layout, nodes[index], nodes[other]):
                best[other] = total
                came_from[other] = index
                heappush(queue, (total, other))
    return [goal]


def route_length(start: np.ndarray, route: list[np.ndarray]) -> float:
    """Return the length of a route in metres."""
    points = np.array([start, *route])
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _bends(layout: Layout) -> list[np.ndarray]:
    corners = np.concatenate(
        (layout.bed.footprint.corners(CORNER_MARGIN)[:, :2], layout.chair.footprint.corners(CORNER_MARGIN)[:, :2])
    )
    return list(corners[layout.is_free(corners, CORNER_MARGIN - 0.1)])


def _is_clear(layout: Layout, first: np.ndarray, second: np.ndarray) -> bool:
    points = first + np.linspace(0.06, 0.94, 24)[:, None] * (second - first)
    through_wall = ((points[:, 1] < 0.1) & (np.abs(points[:, 0] - layout.door[0]) > 0.5)).any()
    blocked = layout.bed.footprint.contains(points, BODY_MARGIN) | layout.chair.footprint.contains(points, BODY_MARGIN)
    return bool(not through_wall and not blocked.any())


def _trace(nodes: list[np.ndarray], came_from: dict[int, int]) -> list[np.ndarray]:
    route, index = [], 1
    while index != 0:
        route.append(nodes[index])
        index = came_from[index]
    return route[::-1]
