"""Simulated loops as training reads them: frames with mask and view, and beats as moving masks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.echo.crop import SIDE, Crop
from models.echo.ef_clip import CLIP_FRAMES, CLIP_RATE_HZ
from models.simulation.echo.anatomy import VIEWS, View
from models.simulation.echo.heartbeat import Beat
from models.simulation.echo.scene import EchoScene
from models.simulation.echo.truth import fill_contour
from models.training.phases import Show
from models.training.side_by_side import side_by_side

FRAMES_A_LOOP = 12
_RATES_HZ = (18.0, 32.0)
"""Of the frames of a loop, so that those beside each other are about as far apart as neighbours of one read."""
_SIZES = ((320, 240), (400, 300), (480, 360))
_JITTER_SEED, _BEAT_SEED = 99, 98


@dataclass(frozen=True, eq=False)
class LabelledFrames:
    """Consecutive frames of one loop."""

    frames: np.ndarray
    """uint8 grey, (T, SIDE, SIDE)."""
    masks: np.ndarray
    """bool, (T, SIDE, SIDE), of the left ventricle; all false where the view is not apical."""
    view_index: int
    """Place in VIEWS."""


@dataclass(frozen=True, eq=False)
class LabelledBeat:
    """One beat as its moving mask."""

    masks: np.ndarray
    """0..255, uint8 (CLIP_FRAMES, SIDE, SIDE), the end of systole in the middle."""
    ef_percent: float
    is_exact: bool
    """The true mask, not what a network found."""


def simulate_frames(orders: Sequence[tuple[int, View]], show: Show, *, num_threads: int) -> list[LabelledFrames]:
    """Render some frames of the loop of each seed and view."""
    return side_by_side(lambda order: _render(*order), orders, show, num_threads=num_threads)


def simulate_beat(seed: int) -> LabelledBeat:
    """Return one beat of a simulated heart; no picture is rendered."""
    scene, beat, first = _draw_beat(seed)
    contours = Crop.around(scene.truth.fan_box).from_picture(scene.truth.contours[first : first + CLIP_FRAMES])
    masks = np.stack([fill_contour(contour, (SIDE, SIDE)) for contour in contours])
    return LabelledBeat(masks.astype(np.uint8) * 255, beat.ef_percent, is_exact=True)


def render_beat(seed: int, find_masks: Callable[[np.ndarray, float], np.ndarray]) -> LabelledBeat:
    """Return one beat as a network sees it that finds the mask in its pictures.

    Args:
        find_masks: maps frames, uint8 grey (T, SIDE, SIDE), and their rate to probabilities, 0..255, of that shape.
    """
    scene, beat, first = _draw_beat(seed)
    rng = np.random.default_rng((seed, _JITTER_SEED))
    crop, quality = _jittered_crop(scene.truth.fan_box, rng), int(rng.integers(45, 100))
    pictures = scene.some_frames(range(first, first + CLIP_FRAMES))
    frames = np.stack([_compressed(crop.take(picture), quality) for picture in pictures])
    return LabelledBeat(find_masks(frames, CLIP_RATE_HZ), beat.ef_percent, is_exact=False)


def _draw_beat(seed: int) -> tuple[EchoScene, Beat, int]:
    """Return a loop, one of its beats, and the first frame of the clip with its end of systole in the middle."""
    rng = np.random.default_rng((seed, _BEAT_SEED))
    scene = EchoScene(seed, duration_seconds=4.0, frame_rate_hz=CLIP_RATE_HZ, size=_SIZES[0])
    half = CLIP_FRAMES // 2
    beats = [
        beat
        for beat in scene.truth.beats
        if half <= round(beat.end_systole_seconds * CLIP_RATE_HZ) <= scene.num_frames - half
    ]
    beat = beats[int(rng.integers(len(beats)))]
    return scene, beat, round(beat.end_systole_seconds * CLIP_RATE_HZ) - half


def _render(seed: int, view: View) -> LabelledFrames:
    rng = np.random.default_rng((seed, _JITTER_SEED))
    size = _SIZES[int(rng.integers(len(_SIZES)))]
    rate_hz = float(rng.uniform(*_RATES_HZ))
    scene = EchoScene(seed, view=view, duration_seconds=FRAMES_A_LOOP / rate_hz, frame_rate_hz=rate_hz, size=size)
    crop = _jittered_crop(scene.truth.fan_box, rng)
    quality = int(rng.integers(45, 100))
    frames = np.stack([_compressed(crop.take(frame), quality) for frame in scene.frames()])
    masks = np.zeros(frames.shape, bool)
    if len(scene.truth.contours):
        contours = crop.from_picture(scene.truth.contours)
        masks = np.stack([fill_contour(contour, (SIDE, SIDE)) for contour in contours])
    return LabelledFrames(frames, masks, VIEWS.index(view))


def _jittered_crop(box: tuple[int, int, int, int], rng: np.random.Generator) -> Crop:
    """Return a crop as a search for the fan would give it: not quite that of the true fan."""
    left, top, right, bottom = box
    height = bottom - top
    shift = rng.normal(0, 0.02, 4) * height
    loss = height * (float(rng.uniform(0, 0.2)) if rng.random() < 0.3 else 0.0)  # the fan's end is often too dark
    return Crop.around((left + shift[0], top + abs(shift[1]), right + shift[2], bottom - loss - abs(shift[3])))


def _compressed(frame: np.ndarray, quality: int) -> np.ndarray:
    """Compress a frame as an export would."""
    coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))
