"""A simulated echocardiogram: a beating heart under a probe, as the machine shows it, with its exact volumes."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from models.simulation.echo.anatomy import Anatomy, Moment, View
from models.simulation.echo.apical import ApicalView
from models.simulation.echo.heartbeat import Heartbeat, RhythmName
from models.simulation.echo.machine import Machine
from models.simulation.echo.other_views import NoHeart, ParasternalLongAxis, ParasternalShortAxis
from models.simulation.echo.painter import Painter
from models.simulation.echo.probe import NUM_LINES, NUM_SAMPLES, draw_fan
from models.simulation.echo.truth import EchoTruth, fill_contour
from models.simulation.limits import require_seed

RHYTHMS: tuple[RhythmName, ...] = ("sinus", "atrial_fibrillation", "ectopic")
ECG_SECONDS = 2.5
_SIZES = ((320, 240), (400, 300), (480, 360), (640, 480), (800, 600))


class EchoScene:
    """One simulated loop; everything about it follows from its seed and its view."""

    def __init__(
        self,
        seed: int,
        *,
        view: View = "apical_four_chamber",
        rhythm: RhythmName | Literal["random"] = "random",
        duration_seconds: float | None = None,
        frame_rate_hz: float | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Draw the heart and the machine; nothing is rendered yet.

        Args:
            seed: of everything that is not said.
            view: what the probe looks at.
            rhythm: how regular the beats are.
            duration_seconds: 0.3 to 60; None: drawn between 2.5 and 4.
            frame_rate_hz: 5 to 200; None: drawn between 25 and 80.
            size: width and height of the picture, even, pixels; None: drawn.

        Raises:
            ValueError: an argument is out of range.
        """
        rngs = [np.random.default_rng(child) for child in np.random.SeedSequence(require_seed(seed)).spawn(5)]
        body_rng, beat_rng, fan_rng, machine_rng, loop_rng = rngs
        drawn = loop_rng.uniform(2.5, 4.0), float(np.round(loop_rng.uniform(25, 80), 1)), int(loop_rng.integers(5))
        self.duration_seconds = _in_range(drawn[0] if duration_seconds is None else duration_seconds, 0.3, 60, "s long")
        self.frame_rate_hz = _in_range(drawn[1] if frame_rate_hz is None else frame_rate_hz, 5, 200, "frames a second")
        self.num_frames = round(self.duration_seconds * self.frame_rate_hz)
        width, height = _checked_size(size or _SIZES[drawn[2]])
        self._seed, self._view = seed, view
        self._anatomy: Anatomy = _draw_anatomy(view, body_rng)
        self._fan = draw_fan(fan_rng, width=width, height=height, depth_cm=self._anatomy.depth_cm)
        self._background_db = _draw_background(machine_rng)
        self._machine_rng = machine_rng
        self._heartbeat = self._draw_heartbeat(beat_rng, rhythm)
        self._seconds = np.arange(self.num_frames) / self.frame_rate_hz
        self._volumes_ml = self._heartbeat.volume_ml(self._seconds)
        self.truth = self._tell_truth()

    def frames(self) -> Iterator[np.ndarray]:
        """Yield every frame in order, uint8 RGB (H, W, 3)."""
        return self.some_frames(range(self.num_frames))

    def some_frames(self, indices: Iterable[int]) -> Iterator[np.ndarray]:
        """Yield the frames of these indices, uint8 RGB (H, W, 3); each is the same whatever else is asked for."""
        last, before = -2, np.zeros(0)
        for index in indices:
            before = before if last == index - 1 else self._grey(index - 1)
            last, grey = index, self._grey(index)
            yield self._machine.screen(self._machine.average(grey, before), self._ecg(index))
            before = grey

    @cached_property
    def _machine(self) -> Machine:
        """Made with the first picture: who only wants the truth does not wait for it."""
        return Machine(self._machine_rng, self._fan)

    def mask(self, index: int) -> np.ndarray:
        """Return the cavity of the left ventricle in a frame of an apical view, bool (H, W)."""
        return fill_contour(self.truth.contours[index], (self._fan.height, self._fan.width))

    def _grey(self, index: int) -> np.ndarray:
        moment = self._moment(index / self.frame_rate_hz)
        painter = Painter(self._fan, self._background_db)
        self._anatomy.paint(painter, moment)
        material = self._anatomy.material(*self._machine.grid_points, moment)
        return self._machine.show(painter, material, np.random.default_rng((self._seed, index + 1)))

    def _moment(self, seconds: float) -> Moment:
        volume_ml = float(self._heartbeat.volume_ml(np.array([seconds]))[0])
        if isinstance(self._anatomy, ApicalView):
            contraction = float(self._anatomy.ventricle.contraction_at(volume_ml))
        else:
            contraction = 1 - float(np.cbrt(volume_ml / self._heartbeat.largest_ml))
        return Moment(contraction, self._heartbeat.is_filling(seconds), seconds)

    def _draw_heartbeat(self, rng: np.random.Generator, rhythm: RhythmName | Literal["random"]) -> Heartbeat:
        drawn: RhythmName = RHYTHMS[int(rng.choice(3, p=(0.6, 0.2, 0.2)))]
        edv_ml = 0.8 * self._anatomy.ventricle.largest_ml if isinstance(self._anatomy, ApicalView) else 120.0
        return Heartbeat(
            rng,
            self.duration_seconds,
            edv_ml=edv_ml,
            ef_percent=float(rng.uniform(15, 75)),
            rhythm=drawn if rhythm == "random" else rhythm,
        )

    def _tell_truth(self) -> EchoTruth:
        is_apical, end = isinstance(self._anatomy, ApicalView), self.duration_seconds
        beats = tuple(
            beat for beat in self._heartbeat.beats if beat.start_seconds >= 0 and beat.end_systole_seconds < end
        )
        return EchoTruth(
            seed=self._seed,
            view=self._view,
            rhythm=self._heartbeat.rhythm,
            duration_seconds=self.duration_seconds,
            frame_rate_hz=self.frame_rate_hz,
            width=self._fan.width,
            height=self._fan.height,
            pixels_per_cm=self._fan.pixels_per_cm,
            fan_box=self._fan.box,
            beats=beats if self._view != "no_heart" else (),
            volumes_ml=self._volumes_ml if is_apical else np.zeros(0),
            contours=self._contours() if is_apical else np.zeros((0, 41, 2)),
        )

    def _contours(self) -> np.ndarray:
        anatomy = self._anatomy
        if not isinstance(anatomy, ApicalView):
            raise TypeError(f"only apical views show a contour, this is {self._view}")
        return np.stack([self._fan.to_pixels(anatomy.contour(self._moment(float(at)))) for at in self._seconds])

    def _ecg(self, index: int) -> np.ndarray:
        """Return the ECG of the seconds up to a frame, -0.3..1."""
        now = index / self.frame_rate_hz
        seconds = np.linspace(now - ECG_SECONDS, now, 160)
        trace = np.zeros_like(seconds)
        for beat in self._heartbeat.beats:
            from_r = seconds - beat.start_seconds
            trace += np.exp(-((from_r / 0.012) ** 2)) - 0.25 * np.exp(-(((from_r - 0.03) / 0.012) ** 2))
            trace += 0.25 * np.exp(-(((from_r - 0.3 * np.sqrt(beat.duration_seconds)) / 0.04) ** 2))
            if self._heartbeat.rhythm != "atrial_fibrillation":
                trace += 0.12 * np.exp(-(((from_r + 0.16) / 0.025) ** 2))
        return trace


def _draw_anatomy(view: View, rng: np.random.Generator) -> Anatomy:
    if view == "apical_four_chamber":
        return ApicalView(rng, has_right_heart=True)
    if view == "apical_two_chamber":
        return ApicalView(rng, has_right_heart=False)
    if view == "parasternal_long_axis":
        return ParasternalLongAxis(rng)
    return ParasternalShortAxis(rng) if view == "parasternal_short_axis" else NoHeart(rng)


def _draw_background(rng: np.random.Generator) -> np.ndarray:
    """What lies outside the heart: some fibrous, mostly dim tissue."""
    patches = rng.normal(0, 1, (9, 7)).astype(np.float32)
    smooth = cv2.resize(patches, (NUM_LINES, NUM_SAMPLES), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth * rng.uniform(2, 8) + rng.uniform(-48, -22), np.float32)


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if any(side % 2 or not 96 <= side <= 2048 for side in size):
        raise ValueError(f"width and height must be even, 96 to 2048 pixels, got {size[0]}x{size[1]}")
    return size


def _in_range(value: float, least: float, most: float, unit: str) -> float:
    if not least <= value <= most:
        raise ValueError(f"a loop must be {least:g} to {most:g} {unit}, got {value:g}")
    return float(value)
