"""An ICU room seen from below its ceiling, with a patient who is mobilised, as labelled frames."""

from functools import lru_cache

import numpy as np

from models.simulation.bedding import bed_solids, blanket_bars
from models.simulation.body import Body
from models.simulation.canvas import Canvas
from models.simulation.furniture import still_solids
from models.simulation.layout import draw_camera, draw_layout
from models.simulation.lighting import Lighting
from models.simulation.looks import LookName, draw_look
from models.simulation.palette import Palette
from models.simulation.patient import Patient
from models.simulation.room import RoomScene, Shot
from models.simulation.script import Director, Tempo
from models.simulation.shadows import FloorShadows
from models.simulation.solids import Bar, draw_bars
from models.simulation.staff import Staff
from models.simulation.truth import Place, SceneTruth

START_PLACES: tuple[Place, ...] = ("in_bed", "chair", "away")
DEPTH_SHARE = 0.5
"""Of the scenes, where no sensor is asked for: seen by a depth camera."""
SECONDS_AN_EVENT = 30.0
"""A scene holds at least one mobilisation in each such span, on average."""
BACKREST_STEP_DEGREES = 2.0
"""The bed is drawn again whenever its backrest has moved so far."""


class BedsideScene(RoomScene):
    """One simulated scene; everything about it follows from its seed.

    Two scenes of one seed that differ only in size, frame rate or look show the same room and the same happenings.
    """

    usual_seconds = 120.0
    durations = (30.0, 86_400.0)
    truth: SceneTruth

    def _make(self, shot: Shot, look: LookName) -> None:
        rngs = [np.random.default_rng(child) for child in np.random.SeedSequence(shot.seed).spawn(5)]
        room_rng, people_rng, script_rng, look_rng, self._noise_rng = rngs
        self._palette = Palette(room_rng)
        self._colours = self._palette.scene_colours()
        self._layout = draw_layout(room_rng)
        self._camera = draw_camera(self._layout, room_rng, width=shot.width, height=shot.height)
        self._has_rails = bool(room_rng.random() < 0.85)
        self._act(people_rng, script_rng, shot.duration_seconds)
        self._empty = self._draw_empty(Lighting.draw_direction(room_rng), room_rng)
        self._canvas = Canvas(self._camera, self._light)
        self._shadows = FloorShadows(self._empty, (self._colours.floor, self._colours.tile))
        self._with_bed = lru_cache(maxsize=4)(self._draw_bed)
        self._look = draw_look(
            look,
            self._empty,
            self._palette.colours,
            look_rng,
            duration_seconds=shot.duration_seconds,
            depth_share=DEPTH_SHARE,
        )
        self.truth = SceneTruth(
            scene="bedside",
            **vars(shot),
            look=self._look.name,
            num_staff=len(self._staff),
            events=tuple(self._director.events),
            look_alikes=tuple(self._director.look_alikes),
            presence=tuple(self._director.presence),
        )

    def frame(self, index: int) -> np.ndarray:
        """Return frame `index` alone, uint8 RGB (H, W, 3)."""
        seconds = index / self._frame_rate_hz
        canvas = self._canvas
        angle = self._patient.backrest.value_at(seconds)
        canvas.paste(self._with_bed(round(angle / BACKREST_STEP_DEGREES)))
        tracks = (self._patient.track, *(member.track for member in self._staff))
        self._shadows.cast(canvas, [track.pose_at(seconds) for track in tracks])
        draw_bars(canvas, self._bars(seconds))
        noise = np.random.default_rng((self._seed, index))
        return self._look.render(canvas, seconds, noise)

    def _act(self, people_rng: np.random.Generator, script_rng: np.random.Generator, duration_seconds: float) -> None:
        """Draw the people and let them act; again, with other draws, while too little happens."""
        num_staff = int(people_rng.choice(4, p=(0.15, 0.3, 0.3, 0.25)))
        patient_body = Body(
            people_rng.uniform(1.52, 1.88), people_rng.uniform(0.9, 1.25), self._palette.patient_clothing(), True
        )
        staff_bodies = [
            Body(people_rng.uniform(1.55, 1.92), people_rng.uniform(0.85, 1.2), self._palette.staff_clothing())
            for _ in range(num_staff)
        ]
        wanted = int(duration_seconds / SECONDS_AN_EVENT)
        while True:
            place = START_PLACES[int(script_rng.choice(3, p=(0.6, 0.3, 0.1)))]
            tempo = Tempo(pace=script_rng.uniform(0.75, 1.25), walking_speed=script_rng.uniform(0.45, 0.95))
            backrest = float(script_rng.choice((0, 10, 20, 30, 40)) + script_rng.uniform(0, 5))
            self._patient = Patient(patient_body, self._layout, script_rng, place=place, backrest_degrees=backrest)
            self._staff = [
                Staff(body, self._layout, script_rng, eye=self._camera.position[:2]) for body in staff_bodies
            ]
            self._director = Director(
                self._layout,
                self._patient,
                self._staff,
                script_rng,
                place=place,
                tempo=tempo,
                eye=self._camera.position[:2],
            )
            self._director.play(duration_seconds)
            if len(self._director.events) >= wanted:
                return

    def _draw_empty(self, light: np.ndarray, rng: np.random.Generator) -> Canvas:
        """Draw what never moves."""
        self._light = light
        canvas = Canvas(self._camera, light)
        for solid in still_solids(self._layout, self._camera, self._colours, rng):
            solid.draw(canvas)
        return canvas

    def _draw_bed(self, backrest_steps: int) -> Canvas:
        canvas = Canvas(self._camera, self._light)
        canvas.paste(self._empty)
        degrees = backrest_steps * BACKREST_STEP_DEGREES
        for solid in bed_solids(self._layout.bed, degrees, self._colours, has_rails=self._has_rails):
            solid.draw(canvas)
        return canvas

    def _bars(self, seconds: float) -> list[Bar]:
        """Everything that moves: the blanket, the patient and the staff."""
        patient = self._patient
        pose = patient.track.pose_at(seconds)
        chest = patient.body.chest(pose)
        bars = blanket_bars(self._layout.bed, patient.cover.value_at(seconds), self._colours.blanket)
        bars += patient.body.limbs(pose)
        for member in self._staff:
            grip = member.grip_at(seconds)
            target = None if grip is None else chest if grip.point is None else grip.point
            bars += member.body.limbs(member.track.pose_at(seconds), target)
        return bars
