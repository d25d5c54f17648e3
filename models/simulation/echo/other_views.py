"""What a probe shows when it is not at the tip of the heart: parasternal views, and no heart at all."""

import numpy as np

from models.simulation.echo.anatomy import Levels, Moment, Pose
from models.simulation.echo.painter import Painter, ellipse, turn


class ParasternalLongAxis:
    """The heart seen from the side: left ventricle on the left, aorta and left atrium on the right."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._levels = Levels.draw(rng)
        self._length, self._half_width = float(rng.uniform(6.0, 8.5)), float(rng.uniform(1.9, 3.0))
        self._wall_cm = float(rng.uniform(0.8, 1.4))
        self._root_cm, self._atrium_cm = float(rng.uniform(1.2, 1.8)), float(rng.uniform(1.4, 2.4))
        centre = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(5.0, 7.0))
        self._pose = Pose(centre, turn(float(rng.normal(-12, 8))))
        self.depth_cm = centre[1] + self._half_width * 2 + float(rng.uniform(3.0, 6.5))

    def paint(self, painter: Painter, moment: Moment) -> None:
        place, levels = self._pose.place, self._levels
        squeeze = 1 - 0.75 * moment.contraction
        wall = self._wall_cm * (1 + moment.contraction)
        half = self._half_width * squeeze
        centre = (-self._length * 0.3, 0.0)
        top, bottom = -half - wall, half + wall
        painter.area(place(ellipse(centre, (self._length * 0.62, half + wall))), levels.muscle)
        right_ventricle = ellipse((-0.5, top - 0.9), (self._length * 0.55, 1.0), degrees=4)
        painter.area(place(right_ventricle), levels.blood, is_blood=True)
        painter.area(place(ellipse(centre, (self._length * 0.55, half))), levels.blood, is_blood=True)
        base = self._length * 0.25
        atrium = (base + self._atrium_cm * 1.1, half * 0.6 + 0.5)
        painter.area(place(ellipse(atrium, (self._atrium_cm * 1.5 + 0.3, self._atrium_cm + 0.3))), levels.muscle)
        painter.area(place(ellipse(atrium, (self._atrium_cm * 1.5, self._atrium_cm))), levels.blood, is_blood=True)
        root = np.array(((base - 0.8, -half * 0.9), (base + 5, -half * 0.9 - 1.2)))
        for edge in (0.0, self._root_cm):
            painter.line(place(np.add(root, (0.0, edge))), levels.valve, thickness_cm=0.3)
        inside = np.concatenate((np.add(root, (0.0, 0.15)), np.add(root, (0.0, self._root_cm - 0.15))[::-1]))
        painter.area(place(inside), levels.blood, is_blood=True)
        hinge = np.array((base - 0.6, -half * 0.9 + self._root_cm))
        reach = np.array((-1.9, 0.5 if moment.is_filling else 1.5))
        painter.line(place(np.stack((hinge, hinge + reach))), levels.valve, thickness_cm=0.22)
        floor = np.array(((-self._length * 0.8, bottom + 0.2), (self._length * 0.6, bottom + 0.5)))
        painter.line(place(floor), levels.pericardium, thickness_cm=0.4)

    def material(self, x: np.ndarray, y: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        along, across = self._pose.unplace(x, y)
        return along, across / (1 - 0.4 * moment.contraction)


class ParasternalShortAxis:
    """The heart cut across: the left ventricle is a ring, the right one a crescent that leans on it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._levels = Levels.draw(rng)
        self._radius, self._wall_cm = float(rng.uniform(1.9, 3.0)), float(rng.uniform(0.8, 1.4))
        self._stretch = float(rng.uniform(0.9, 1.1))
        self._papillary = tuple(np.radians(rng.normal((40, 140), 10)))
        self._crescent_degrees = float(rng.normal(-35, 12))
        self._centre = float(rng.uniform(-1.0, 1.2)), float(rng.uniform(5.0, 7.5))
        self.depth_cm = self._centre[1] + self._radius + float(rng.uniform(2.5, 6.0))

    def paint(self, painter: Painter, moment: Moment) -> None:
        levels, (x, y) = self._levels, self._centre
        inner = self._radius * (1 - 0.8 * moment.contraction)
        outer = self._radius + self._wall_cm * (1 - 0.15 * moment.contraction)
        shift = turn(self._crescent_degrees) @ np.array((-outer * 0.75, -outer * 0.35))
        crescent = ellipse((x + shift[0], y + shift[1]), (outer * 0.75, outer * 1.0), degrees=self._crescent_degrees)
        painter.area(crescent, levels.blood, is_blood=True)
        painter.area(ellipse((x, y), (outer * self._stretch + 0.2, outer + 0.2)), levels.pericardium - 6)
        painter.area(ellipse((x, y), (outer * self._stretch, outer)), levels.muscle)
        painter.area(ellipse((x, y), (inner * self._stretch, inner)), levels.blood, is_blood=True)
        for angle in self._papillary:
            spot = x + 0.68 * inner * float(np.cos(angle)), y + 0.68 * inner * float(np.sin(angle))
            painter.area(ellipse(spot, (0.45, 0.4)), levels.muscle)

    def material(self, x: np.ndarray, y: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        scale = 1 - 0.4 * moment.contraction
        return (x - self._centre[0]) / scale, (y - self._centre[1]) / scale


class NoHeart:
    """Lung, liver, or a probe that touches nobody."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._levels = Levels.draw(rng)
        self._kind = str(rng.choice(("lung", "liver", "air")))
        self._line_cm = float(rng.uniform(1.5, 3.0))
        self._vessels = [
            (tuple(rng.uniform((-4, 3), (4, 12))), tuple(rng.uniform(0.2, 1.3, 2)), float(rng.uniform(0, 180)))
            for _ in range(int(rng.integers(0, 6)))
        ]
        self._breath = float(rng.uniform(0.1, 0.6)), float(rng.uniform(0.15, 0.4))
        self.depth_cm = float(rng.uniform(10, 19))

    def paint(self, painter: Painter, moment: Moment) -> None:
        shift = self._shift(moment)
        if self._kind == "lung":
            for order in range(1, 6):
                depth = self._line_cm * order + shift * 0.2
                arc = np.stack((np.linspace(-7, 7, 40), np.full(40, depth)), 1)
                painter.line(arc, self._levels.pericardium - 5 * (order - 1), thickness_cm=0.2)
        elif self._kind == "liver":
            painter.area(ellipse((0.0, 8.0 + shift), (9.0, 8.0)), self._levels.muscle)
            for (x, y), radii, degrees in self._vessels:
                painter.area(ellipse((x, y + shift), radii, degrees=degrees), self._levels.blood, is_blood=True)
        else:
            for order in range(1, 5):
                arc = np.stack((np.linspace(-3, 3, 30), np.full(30, 0.35 * order)), 1)
                painter.line(arc, self._levels.pericardium - 4 * order, thickness_cm=0.15)

    def material(self, x: np.ndarray, y: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        return x, y - self._shift(moment)

    def _shift(self, moment: Moment) -> float:
        size, rate_hz = self._breath
        return size * float(np.sin(2 * np.pi * rate_hz * moment.seconds))
