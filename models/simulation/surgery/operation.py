"""A simulated laparoscopic cholecystectomy, as labelled frames."""

from collections.abc import Iterator

import cv2
import numpy as np

from models.simulation.limits import require_seed, require_within
from models.simulation.surgery.anatomy import Anatomy
from models.simulation.surgery.camera import Camera
from models.simulation.surgery.course import RETRACTION, draw_course, draw_duration
from models.simulation.surgery.instruments import Instruments, Pose, draw_bag
from models.simulation.surgery.optics import Optics
from models.simulation.surgery.palette import draw_palette
from models.simulation.surgery.progress import Progress
from models.simulation.surgery.script import ASSISTANT, BAG, SURGEON, ToolUse, write_script
from models.simulation.surgery.truth import SurgeryTruth, ToolSpan
from models.simulation.surgery.wander import Wander

SHORTEST_SECONDS, LONGEST_SECONDS = 240.0, 6 * 3600.0
FRAME_RATES_HZ = (0.2, 30.0)
COMES_IN_SECONDS = 1.0
"""From the edge of the picture to where the work is."""
MISTS_SECONDS = 7.0
"""Before the camera is taken out to be cleaned."""


class SurgeryScene:
    """One simulated operation; everything about it follows from its seed.

    Frame k shows the moment k / frame_rate_hz. Two operations of one seed and length that differ only in size or frame
    rate show the same happenings. Phases cannot be told from one frame: the same instruments serve in several phases,
    the gallbladder is not always in sight, and which phase a dissection belongs to depends on what was clipped and cut.

    Modelled on the look and the course of Cholec80's videos (arXiv:1602.03012), of which nothing is used.
    """

    def __init__(
        self,
        seed: int,
        *,
        duration_seconds: float | None = None,
        height: int = 240,
        width: int = 320,
        frame_rate_hz: float = 1.0,
    ) -> None:
        """Draw the patient, the instruments and the course of the operation; nothing is rendered yet.

        Args:
            duration_seconds: length of the operation; None: drawn from the seed.

        Raises:
            ValueError: an argument is out of range.
        """
        _require_sizes(seed, duration_seconds, height=height, width=width, frame_rate_hz=frame_rate_hz)
        rngs = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)]
        course_rng, script_rng, look_rng, camera_rng, hand_rng, optics_rng = rngs
        drawn_seconds = draw_duration(course_rng)
        duration = float(round(duration_seconds)) if duration_seconds else drawn_seconds
        course = draw_course(course_rng, duration)
        self._script = write_script(course, script_rng)
        self._progress = Progress(self._script, script_rng)
        self._palette = draw_palette(look_rng)
        self._instruments = Instruments(look_rng, self._palette)
        self._anatomy = Anatomy(look_rng, self._palette)
        self._camera = Camera(camera_rng, course, self._anatomy)
        self._hands = _Hands(hand_rng, duration)
        self._optics = Optics(optics_rng, self._palette, height=height, width=width)
        self._height, self._width, self._frame_rate_hz = height, width, frame_rate_hz
        self._mists = {absence: bool(hand_rng.random() < 0.6) for absence in self._script.absences}
        self.num_frames = round(duration * frame_rate_hz)
        self.truth = SurgeryTruth(
            scene="surgery",
            seed=seed,
            duration_seconds=duration,
            frame_rate_hz=frame_rate_hz,
            num_frames=self.num_frames,
            width=width,
            height=height,
            phases=course,
            tools=tuple(ToolSpan(use.tool, use.start_seconds, use.end_seconds) for use in self._script.uses),
            out_of_body=tuple(self._script.absences),
        )

    def frames(self) -> Iterator[np.ndarray]:
        """Yield every frame, uint8 RGB (H, W, 3)."""
        return (self.frame(index) for index in range(self.num_frames))

    def frame(self, index: int) -> np.ndarray:
        """Return one frame, uint8 RGB (H, W, 3)."""
        seconds = index / self._frame_rate_hz
        for number, (start, end) in enumerate(self._script.absences):
            if start <= seconds < end:
                return self._optics.record(self._optics.outside(seconds, number), index)
        state = self._progress.at(seconds)
        view = self._camera.view(seconds, height=self._height, width=self._width)
        field = self._anatomy.paint(state)
        size = (self._width, self._height)
        picture = cv2.warpAffine(field, view.field_to_picture, size, borderMode=cv2.BORDER_REFLECT)
        picture = self._optics.shine(picture, self._anatomy.gloss, view.gloss_to_picture)
        self._draw_tools(picture, seconds, zoom=view.zoom)
        picture = self._optics.blow(picture, state.smoke, seconds)
        picture = self._optics.fog(picture, self._mist(seconds))
        return self._optics.record(picture, index)

    def _draw_tools(self, picture: np.ndarray, seconds: float, *, zoom: float) -> None:
        """Draw what is in the picture, the bag first and the surgeon's hand last."""
        present = [use for use in self._script.uses if use.covers(seconds)]
        for use in sorted(present, key=lambda use: -use.hand):
            if use.hand == BAG:
                self._draw_bag(picture, use, seconds, zoom=zoom)
            else:
                pose = self._hands.pose(use, seconds, unit=self._height, width=self._width, zoom=zoom)
                self._instruments.draw(picture, use.tool, pose)

    def _draw_bag(self, picture: np.ndarray, use: ToolUse, seconds: float, *, zoom: float) -> None:
        """Draw the bag: near the middle while it is handled, drifting out when it is retracted."""
        share = (seconds - use.start_seconds) / (use.end_seconds - use.start_seconds)
        phase = self.truth.phase_at(use.start_seconds)
        is_handled = phase != "CleaningCoagulation"
        place = self._hands.bag_at(seconds, is_handled=is_handled)
        comes_in = min(1.0, 0.55 + (seconds - use.start_seconds) / 6) if is_handled else 1.0
        place = place * comes_in + np.array([0.55, 0.35]) * (1 - comes_in)
        if phase == RETRACTION:
            place = place + max(share - 0.6, 0) * np.array([0.9, -0.5])
        centre = np.array([self._width / 2, self._height / 2]) + place * self._height
        is_open = phase == "GallbladderPackaging" and share < 0.65
        size = 0.2 * self._height * zoom
        draw_bag(picture, centre, size=size, is_open=is_open, turn=self._hands.bag_turn, colour=self._palette.bag)

    def _mist(self, seconds: float) -> float:
        """Return how much the lens is fogged: more and more before the camera is taken out to clean it."""
        for (start, _), is_misty in self._mists.items():
            if is_misty and start - MISTS_SECONDS <= seconds < start:
                return (seconds - start + MISTS_SECONDS) / MISTS_SECONDS
        return 0.0


class _Hands:
    """Where the instruments come from and what their tips do."""

    def __init__(self, rng: np.random.Generator, duration_seconds: float) -> None:
        side = rng.choice([-1, 1], p=(0.8, 0.2))
        self._ports = {
            ASSISTANT: np.array([side * rng.uniform(0.75, 1.0), rng.uniform(-0.6, 0.3)]),
            SURGEON: np.array([-side * rng.uniform(0.7, 0.95), rng.uniform(-0.1, 0.75)]),
        }
        self._rests = {
            ASSISTANT: np.array([side * rng.uniform(0.1, 0.24), rng.uniform(-0.16, 0.02)]),
            SURGEON: np.array([-side * rng.uniform(0.0, 0.1), rng.uniform(-0.02, 0.12)]),
        }
        self._moves = {
            ASSISTANT: Wander(rng, duration_seconds, period_seconds=6.0, scales=(0.05, 0.05, 0.4)),
            SURGEON: Wander(rng, duration_seconds, period_seconds=1.7, scales=(0.08, 0.07, 0.5)),
        }
        self._bag = Wander(rng, duration_seconds, period_seconds=5.0, scales=(0.06, 0.05))
        self._bag_rest = np.array([rng.choice([-1, 1]) * rng.uniform(0.2, 0.34), rng.uniform(0.12, 0.26)])
        self.bag_turn = float(rng.uniform(-0.6, 0.6))

    def pose(self, use: ToolUse, seconds: float, *, unit: float, width: float, zoom: float) -> Pose:
        """Return where an instrument is at a time."""
        x, y, opening = self._moves[use.hand].at(seconds)
        port, rest = self._ports[use.hand], self._rests[use.hand] + (x, y)
        nearest = min(seconds - use.start_seconds, use.end_seconds - seconds)
        reach = float(np.clip(0.6 + nearest / COMES_IN_SECONDS * 0.4, 0, 1))
        middle = np.array([width / 2, unit / 2])
        tip = port + (rest - port) * reach
        return Pose(middle + port * 1.6 * unit, middle + tip * unit, float(np.clip(0.5 + opening, 0, 1)), unit * zoom)

    def bag_at(self, seconds: float, *, is_handled: bool) -> np.ndarray:
        """Return where the bag is, units from the middle of the picture."""
        return self._bag.at(seconds) if is_handled else self._bag_rest + 0.3 * self._bag.at(seconds)


def _require_sizes(seed: int, duration_seconds: float | None, *, height: int, width: int, frame_rate_hz: float) -> None:
    require_seed(seed)
    if duration_seconds is not None and not SHORTEST_SECONDS <= duration_seconds <= LONGEST_SECONDS:
        raise ValueError(
            f"an operation must last {SHORTEST_SECONDS / 3600:.3f} to {LONGEST_SECONDS / 3600:g} hours, "
            f"got {duration_seconds / 3600:.3g}"
        )
    if height < 64 or width < 64 or height % 2 or width % 2:
        raise ValueError(f"width and height must be even and at least 64 pixels, got {width}x{height}")
    require_within("frame_rate_hz", frame_rate_hz, FRAME_RATES_HZ)
