"""A room at home or in a hospital, in which somebody goes about the day and may fall, as labelled frames."""

import numpy as np

from models.simulation.bedding import bed_solids, blanket_bars
from models.simulation.body import Body
from models.simulation.camera import Camera
from models.simulation.canvas import Canvas
from models.simulation.furniture import still_solids
from models.simulation.home.day import live
from models.simulation.home.resident import Resident
from models.simulation.home.truth import HomeTruth, cut_at
from models.simulation.home.view import draw_home_camera
from models.simulation.layout import Layout, draw_camera, draw_layout
from models.simulation.lighting import Lighting
from models.simulation.looks import LookName, draw_look
from models.simulation.palette import Palette
from models.simulation.room import RoomScene, Shot
from models.simulation.shadows import FloorShadows
from models.simulation.solids import draw_bars
from models.simulation.staff import Staff

MAX_TRIES = 60
DEPTH_SHARE = 0.15
"""Of the scenes, where no sensor is asked for: seen by a depth camera."""
CEILING_SHARE = 0.25
"""Of the scenes: seen by a camera below the ceiling."""
STANDING_PIXELS_SHARE = 0.25
"""Somebody on the floor must show at least this share of the pixels of the same person in an empty room."""


class HomeScene(RoomScene):
    """One simulated scene; everything about it follows from its seed."""

    usual_seconds = 24.0
    durations = (10.0, 3600.0)
    truth: HomeTruth

    def _make(self, shot: Shot, look: LookName) -> None:
        seconds = shot.duration_seconds
        rng = np.random.default_rng((shot.seed, 77))
        self._palette = Palette(rng)
        self._colours = self._palette.scene_colours()
        self._draw_scene(rng, seconds, (shot.width, shot.height))
        self._look = draw_look(
            look, self._empty, self._palette.colours, rng, duration_seconds=seconds, depth_share=DEPTH_SHARE
        )
        activities = cut_at(seconds, self._resident.events)
        self.truth = HomeTruth(
            scene="home",
            **vars(shot),
            look=self._look.name,
            events=tuple(event for event in activities if event.label == "fall"),
            activities=activities,
        )

    def frame(self, index: int) -> np.ndarray:
        """Return frame `index` alone, uint8 RGB (H, W, 3)."""
        seconds = index / self._frame_rate_hz
        canvas = Canvas(self._camera, self._light)
        canvas.paste(self._empty)
        people: list[Resident | Staff] = [self._resident, *self._others]
        poses = [person.track.pose_at(seconds) for person in people]
        self._shadows.cast(canvas, poses)
        draw_bars(canvas, [bar for who, pose in zip(people, poses, strict=True) for bar in who.body.limbs(pose)])
        return self._look.render(canvas, seconds, np.random.default_rng((self._seed, index)))

    def _draw_scene(self, rng: np.random.Generator, duration_seconds: float, size: tuple[int, int]) -> None:
        """Draw room, person, course and camera, again until a fall can be seen."""
        for _ in range(MAX_TRIES):
            layout = draw_layout(rng)
            body = self._draw_body(rng)
            self._resident = live(body, layout, rng, duration_seconds)
            camera = self._draw_camera(layout, rng, size)
            if camera is None:
                continue
            self._camera, self._light = camera, Lighting.draw_direction(rng)
            self._empty = self._draw_empty(layout, rng)
            if self._shows_the_fall(duration_seconds):
                self._shadows = FloorShadows(self._empty, (self._colours.floor, self._colours.tile))
                self._others = self._draw_others(layout, rng, duration_seconds)
                return
        raise RuntimeError(f"no camera saw the scene of seed {self._seed} in {MAX_TRIES} tries; widen home/view.py")

    def _draw_body(self, rng: np.random.Generator) -> Body:
        is_patient = bool(rng.random() < 0.3)
        clothing = self._palette.patient_clothing() if is_patient else self._palette.staff_clothing()
        return Body(rng.uniform(1.5, 1.92), rng.uniform(0.85, 1.35), clothing, has_gown=is_patient)

    def _draw_camera(self, layout: Layout, rng: np.random.Generator, size: tuple[int, int]) -> Camera | None:
        width, height = size
        if rng.random() < CEILING_SHARE:
            return draw_camera(layout, rng, width=width, height=height)
        track, middle = self._resident.track, self._resident.fall_at_seconds or 0.5 * self._resident.now
        poses = [track.pose_at(seconds) for seconds in (middle - 1.0, middle + 2.0)]
        spots = np.array([(pose.x, pose.y) for pose in poses])
        return draw_home_camera(layout, spots, rng, width=width, height=height)

    def _draw_empty(self, layout: Layout, rng: np.random.Generator) -> Canvas:
        canvas = Canvas(self._camera, self._light)
        for solid in still_solids(layout, self._camera, self._colours, rng):
            solid.draw(canvas)
        for solid in bed_solids(layout.bed, 0.0, self._colours, has_rails=bool(rng.random() < 0.3)):
            solid.draw(canvas)
        if rng.random() < 0.5:
            draw_bars(canvas, blanket_bars(layout.bed, 0.0, self._colours.blanket))
        return canvas

    def _draw_others(self, layout: Layout, rng: np.random.Generator, duration_seconds: float) -> list[Staff]:
        """Now and then somebody else is there, who does not help."""
        count = int(rng.choice(3, p=(0.75, 0.2, 0.05)))
        people = [
            Staff(
                Body(rng.uniform(1.55, 1.92), rng.uniform(0.85, 1.2), self._palette.staff_clothing()),
                layout,
                rng,
                eye=self._camera.position[:2],
            )
            for _ in range(count)
        ]
        for person in people:
            person.spend_until(duration_seconds, is_exit_side_free=False)
        return people

    def _shows_the_fall(self, duration_seconds: float) -> bool:
        for event in self._resident.events:
            if event.label == "fall" and event.end_seconds <= duration_seconds:
                before, after = (self._shown(seconds) for seconds in (event.start_seconds, event.end_seconds))
                if min(before, after) < STANDING_PIXELS_SHARE:
                    return False
        return True

    def _shown(self, seconds: float) -> float:
        """Return how much of the resident is not hidden or out of the picture, against an empty room."""
        bars = self._resident.body.limbs(self._resident.track.pose_at(seconds))
        alone, here = Canvas(self._camera, self._light), Canvas(self._camera, self._light)
        here.paste(self._empty)
        draw_bars(alone, bars)
        draw_bars(here, bars)
        size = (alone.depths < self._empty.depths.max() + 1).sum()
        if size < 0.002 * alone.depths.size:
            return 0.0
        return float((here.depths < self._empty.depths).sum() / size)
