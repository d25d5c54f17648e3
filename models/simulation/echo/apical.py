"""The apical views: the heart seen from its tip, with all four chambers or with the two on the left."""

import numpy as np

from models.simulation.echo.anatomy import Levels, Moment, Pose
from models.simulation.echo.painter import Painter, ellipse, turn
from models.simulation.echo.ventricle import Shape, Ventricle

MIRRORED_SHARE = 0.08
"""Some laboratories show the left ventricle on the left."""
WIDEST_DEGREES = 36.0
"""How far from the middle of the fan the relaxed ventricle may reach: narrow fans cut off some of its side."""


class ApicalView:
    """The ventricle's tip lies under the probe, the atria at the bottom of the picture."""

    def __init__(self, rng: np.random.Generator, *, has_right_heart: bool) -> None:
        self.ventricle = Ventricle(Shape.draw(rng))
        self._has_right_heart = has_right_heart
        self._levels = Levels.draw(rng)
        length, width = (
            self.ventricle.shape.length_cm,
            self.ventricle.shape.length_cm * self.ventricle.shape.width_ratio,
        )
        self._wall_cm = float(rng.uniform(0.7, 1.5))
        self._thickening = float(rng.uniform(0.4, 1.1))
        self._right_width = width * float(rng.uniform(0.35, 0.85))
        self._right_tip = float(rng.uniform(0.12, 0.35))
        self._right_base = float(rng.uniform(0.86, 0.97))
        self._left_atrium = width * float(rng.uniform(0.38, 0.6)), length * float(rng.uniform(0.22, 0.4))
        self._right_atrium = self._right_width * float(rng.uniform(0.5, 0.7)), self._left_atrium[1]
        self._rim_db = self._levels.pericardium + float(rng.uniform(-6, 2))
        self._trabeculae = rng.uniform((0.25, -0.9), (0.8, 0.9), (int(rng.integers(0, 6)), 2))
        self._leaflet_cm = width * float(rng.uniform(0.35, 0.5))
        self._pose = self._draw_pose(rng)
        self._sway = rng.uniform(0.0, 0.15, 2), rng.uniform(0.15, 0.4), rng.uniform(0, 2 * np.pi)
        self.depth_cm = length + self._left_atrium[1] * 2 + self._pose.origin[1] + float(rng.uniform(0.3, 4.0))

    def contour(self, moment: Moment, num_points: int = 41) -> np.ndarray:
        """Return the inner border of the left ventricle under the probe, (num_points, 2), cm."""
        return self._posed(moment).place(self.ventricle.contour(moment.contraction, num_points=num_points))

    def paint(self, painter: Painter, moment: Moment) -> None:
        pose = self._posed(moment)
        if self._has_right_heart:
            self._paint_right_heart(painter, moment, pose)
        self._paint_left_atrium(painter, moment, pose)
        wall = self._wall_cm * (1 + self._thickening * moment.contraction)
        outer = self.ventricle.contour(moment.contraction, thickness_cm=wall)
        painter.area(pose.place(outer), self._levels.muscle)
        lateral = outer[len(outer) // 2 + 3 :]
        painter.line(pose.place(np.add(lateral, (0.15, 0.0))), self._rim_db, thickness_cm=0.3)
        painter.area(
            pose.place(self.ventricle.contour(moment.contraction, num_points=61)), self._levels.blood, is_blood=True
        )
        self._paint_trabeculae(painter, moment, pose)
        self._paint_mitral_valve(painter, moment, pose)

    def material(self, x: np.ndarray, y: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        across, along = self._posed(moment).unplace(x, y)
        reach = moment.contraction / (1 + (across / 5) ** 2)
        return across / (1 - 0.45 * reach), along / (1 - self.ventricle.shape.shortening * reach)

    def _draw_pose(self, rng: np.random.Generator) -> Pose:
        """Draw where the ventricle lies, until nearly all of it lies under the probe."""
        mirror = -1.0 if rng.random() < MIRRORED_SHARE else 1.0
        while True:
            tilt = float(rng.normal(3, 10)) if self._has_right_heart else float(rng.normal(0, 10))
            origin = (mirror * float(rng.uniform(-0.6, 1.4)), float(rng.uniform(1.4, 4.2)))
            pose = Pose(origin, np.diag((mirror, 1.0)) @ turn(-tilt))
            border = pose.place(self.ventricle.contour(0.0))
            if np.abs(np.degrees(np.arctan2(border[:, 0], border[:, 1]))).max() < WIDEST_DEGREES:
                return pose

    def _posed(self, moment: Moment) -> Pose:
        size, rate_hz, phase = self._sway
        breath = np.sin(2 * np.pi * rate_hz * moment.seconds + phase)
        x, y = np.asarray(self._pose.origin) + size * breath + (0.0, 0.15 * moment.contraction)
        return Pose((float(x), float(y)), self._pose.matrix)

    def _paint_right_heart(self, painter: Painter, moment: Moment, pose: Pose) -> None:
        """The right ventricle leans on the septum; its atrium lies below it."""
        wall = self._wall_cm * (1 + self._thickening * moment.contraction)
        stations = np.linspace(self._right_tip, self._right_base, 24)
        septum = self.ventricle.walls(moment.contraction, stations, thickness_cm=wall)[0]
        share = (stations - self._right_tip) / (self._right_base - self._right_tip)
        bulge = self._right_width * (1 - 0.5 * moment.contraction) * np.sin(np.pi * np.minimum(share * 0.72, 1))
        free = septum - np.stack((bulge, np.zeros_like(bulge)), 1)
        outside = free - (0.5, 0.0)
        painter.area(pose.place(np.concatenate((septum, outside[::-1]))), self._levels.muscle - 2)
        painter.area(pose.place(np.concatenate((septum, free[::-1]))), self._levels.blood, is_blood=True)
        base = (septum[-1] + free[-1]) / 2
        floor = self.ventricle.shape.length_cm + self._right_atrium[1] * 1.7
        centre, radius = (base[0], (base[1] + floor) / 2), (self._right_atrium[0], (floor - base[1]) / 2)
        painter.area(pose.place(ellipse(centre, (radius[0] + 0.3, radius[1] + 0.3))), self._levels.muscle)
        painter.area(pose.place(ellipse(centre, radius)), self._levels.blood, is_blood=True)
        swing = (1.2 if moment.is_filling else -0.2) * self._right_width * 0.4
        for edge in (septum[-1], free[-1]):
            tip = np.add(base, (0.35 * (edge[0] - base[0]) if moment.is_filling else 0.0, -swing))
            painter.line(pose.place(np.linspace(edge, tip, 6)), self._levels.valve - 4, thickness_cm=0.15)

    def _paint_left_atrium(self, painter: Painter, moment: Moment, pose: Pose) -> None:
        """Its floor stays where it is while the plane of the valve moves to and fro."""
        left, right = (wall[-1] for wall in self.ventricle.walls(moment.contraction, np.array([0.0, 1.0])))
        base = (left + right) / 2
        floor = self.ventricle.shape.length_cm + self._left_atrium[1] * 1.8
        width = self._left_atrium[0] * (1 + 0.12 * moment.contraction)
        centre, radius = (base[0], (base[1] + floor) / 2), (width, (floor - base[1]) / 2)
        painter.area(pose.place(ellipse(centre, (radius[0] + 0.45, radius[1] + 0.5))), self._rim_db - 4)
        painter.area(pose.place(ellipse(centre, radius)), self._levels.blood, is_blood=True)

    def _paint_trabeculae(self, painter: Painter, moment: Moment, pose: Pose) -> None:
        """Small bright spots near the wall: bands and papillary muscles that a tracing counts as cavity."""
        for station, side in self._trabeculae:
            left, right = self.ventricle.walls(moment.contraction, np.array([station]))
            place = (left + right) / 2 + (right - left) / 2 * np.sign(side) * (0.75 + 0.25 * abs(side))
            spot = ellipse((float(place[0, 0]), float(place[0, 1])), (0.16, 0.3))
            painter.area(pose.place(spot), self._levels.muscle - 5)

    def _paint_mitral_valve(self, painter: Painter, moment: Moment, pose: Pose) -> None:
        left, right = (wall[-1] for wall in self.ventricle.walls(moment.contraction, np.array([0.0, 1.0])))
        middle = (left + right) / 2
        for edge, share in ((left, 1.0), (right, 0.75)):
            if moment.is_filling:
                tip = np.add(edge, (0.3 * (middle[0] - edge[0]), -self._leaflet_cm * share))
            else:
                tip = np.add(middle, (0.0, -0.25))
            bend = np.add((edge + tip) / 2, (0.0, 0.15))
            painter.line(pose.place(np.stack((edge, bend, tip))), self._levels.valve, thickness_cm=0.22)
