"""The operating field: liver, gallbladder and fat as one large picture that the camera moves over."""

from dataclasses import replace

import cv2
import numpy as np

from models.simulation.surgery.noise import clouds, shade, soft_step
from models.simulation.surgery.palette import Palette
from models.simulation.surgery.progress import State

PIXELS_PER_UNIT = 170
"""One unit is the height of the camera's picture at its usual distance."""
WORLD_SHAPE = (round(2.8 * PIXELS_PER_UNIT), round(3.6 * PIXELS_PER_UNIT))
"""Height and width of the field, pixels."""
NECK = np.array([-0.42, 0.26])
FUNDUS = np.array([0.46, -0.16])
"""Ends of the gallbladder, units from the middle of the field, right and down."""
CLIP_HALF = np.array([0.03, 0.016])
"""From the middle of a clip to its end, units."""
STEP = 0.06
"""The field is painted again when a share of the state has changed so much."""


class Anatomy:
    """Paints the field in the state that it is in; the last painting is kept."""

    def __init__(self, rng: np.random.Generator, palette: Palette) -> None:
        self._palette = palette
        ys, xs = np.mgrid[: WORLD_SHAPE[0], : WORLD_SHAPE[1]].astype(np.float32)
        self._xs = (xs - WORLD_SHAPE[1] / 2) / PIXELS_PER_UNIT
        self._ys = (ys - WORLD_SHAPE[0] / 2) / PIXELS_PER_UNIT
        self._lumps = clouds(rng, WORLD_SHAPE, cells=5)
        self._grain = clouds(rng, WORLD_SHAPE, cells=26, octaves=2)
        self._spread = clouds(rng, WORLD_SHAPE, cells=7, octaves=2)
        self.gloss = np.clip(clouds(rng, WORLD_SHAPE, cells=22, octaves=2) * 60 + 60, 0, 255).astype(np.uint8)
        """How much each place shines when the light falls on it, uint8."""
        self._neck = NECK + rng.normal(0, 0.06, 2)
        self._fundus = FUNDUS + rng.normal(0, 0.06, 2)
        self._thickness = rng.uniform(0.16, 0.24)
        self._pull = rng.normal((0.03, -0.1), 0.05)
        self._edge = float(rng.uniform(-0.12, 0.08))
        self._slope = float(rng.uniform(-0.3, 0.1))
        self._without_gallbladder = self._paint_ground(rng)
        self._gallbladder = self._paint_gallbladder()
        self._fat = shade(palette.fat, self._lumps + 0.6 * self._grain, strength=0.1)
        self._raw = shade(palette.raw, self._grain + 0.4 * self._lumps, strength=0.16)
        self._blood = shade(palette.blood, self._lumps, strength=0.12)
        self._along, self._across = self._axes(self._neck, self._fundus)
        self._distance = np.abs(self._across)
        self._from_neck = np.hypot(self._xs - float(self._neck[0]), self._ys - float(self._neck[1]))
        self._body, self._bed = self._outline(1.0), self._outline(0.9)
        self._painted: State | None = None
        self._picture = self._without_gallbladder

    def paint(self, state: State) -> np.ndarray:
        """Return the field, uint8 RGB, `WORLD_SHAPE`; do not write to it."""
        state = _rounded(state)
        if state != self._painted:
            self._painted, self._picture = state, self._composed(state)
        return self._picture

    def site(self, share: float) -> np.ndarray:
        """Return a place along the gallbladder, 0 at its neck and 1 at its fundus, in units."""
        return np.asarray(self._neck + share * (self._fundus - self._neck))

    def _paint_ground(self, rng: np.random.Generator) -> np.ndarray:
        """Peritoneum with fat below, the liver above its own edge."""
        ground = shade(self._palette.peritoneum, self._lumps + 0.5 * self._grain, strength=0.1)
        fat = shade(self._palette.fat, self._grain, strength=0.1)
        ground = _blend(ground, fat, soft_step(self._lumps + self._ys * 1.2 - 0.5, width=0.7))
        for _ in range(6):  # vessels
            start = np.array([rng.uniform(0, WORLD_SHAPE[1]), rng.uniform(0.4, 1) * WORLD_SHAPE[0]])
            line = start + np.cumsum(rng.normal(0, 5, 2) + rng.normal(0, 4, (24, 2)), axis=0)
            cv2.polylines(ground, [line.astype(np.int32)], False, self._palette.raw, 1, cv2.LINE_AA)
        edge = self._edge + self._slope * self._xs + 0.05 * self._lumps - self._ys
        liver = shade(self._palette.liver, 0.4 * self._lumps + 0.35 * self._grain, strength=0.12)
        return _blend(ground, liver, soft_step(edge, width=0.03))

    def _paint_gallbladder(self) -> np.ndarray:
        along, across = self._axes(self._neck, self._fundus)
        roundness = 1.15 - 0.7 * np.abs(across / self._thickness) ** 2 - 0.1 * along
        texture = shade(self._palette.gallbladder, self._lumps * 0.6 + self._grain * 0.4, strength=0.1)
        return np.asarray(np.clip(texture * roundness[..., None].clip(0.4, 1.3), 0, 255), np.uint8)

    def _axes(self, neck: np.ndarray, fundus: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return of every pixel the share along the gallbladder and the distance from its axis."""
        way_x, way_y = (float(part) for part in fundus - neck)
        length = float(np.hypot(way_x, way_y))
        xs, ys = self._xs - float(neck[0]), self._ys - float(neck[1])
        return (xs * way_x + ys * way_y) / length**2, (ys * way_x - xs * way_y) / length

    def _outline(self, slimness: float) -> np.ndarray:
        """Return where the gallbladder is, 0..1: a pear."""
        roundness = np.sqrt(np.clip(1 - ((self._along - 0.58) / 0.62) ** 2, 0, 1))
        width = self._thickness * roundness * (0.62 + 0.45 * self._along)
        return soft_step(width - slimness * self._distance + 0.008 * self._lumps, width=0.02)

    def _composed(self, state: State) -> np.ndarray:
        picture = self._without_gallbladder
        opened = soft_step(state.freed * 1.25 - self._along - 0.1 + 0.08 * self._spread, width=0.1)
        picture = _blend(picture, self._raw, self._bed if state.is_packed else self._bed * opened)
        if not state.is_packed:
            picture = self._with_gallbladder(picture, state)
            opened = (0.3 - self._from_neck) * 4 * state.dissected + self._spread * 0.4 - 0.6
            picture = _blend(picture, self._raw, 0.8 * soft_step(opened, width=0.6))
            cover = soft_step(0.75 - state.cleared * 1.5 - self._along + 0.5 * self._spread, width=0.25)
            picture = _blend(picture, self._fat, cover * soft_step(0.3 - self._distance, width=0.1))
        picture = self._with_duct(picture, state)
        if state.blood > 0.03:
            puddle = self._spread * 0.5 - 1.3 + 1.9 * state.blood - self._distance * 1.2
            picture = _blend(picture, self._blood, 0.9 * soft_step(puddle, width=0.3))
        return picture

    def _with_gallbladder(self, picture: np.ndarray, state: State) -> np.ndarray:
        """Draw the gallbladder, which moves off its bed as it is freed."""
        x, y = self._pull * (0.3 + 1.2 * state.freed) * PIXELS_PER_UNIT
        shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
        size = (WORLD_SHAPE[1], WORLD_SHAPE[0])
        mask = cv2.warpAffine(self._body, shift, size)
        return _blend(picture, cv2.warpAffine(self._gallbladder, shift, size), mask)

    def _with_duct(self, picture: np.ndarray, state: State) -> np.ndarray:
        """Draw duct and artery once they are laid open, with the clips on them; after the cut their ends part."""
        if state.dissected < 0.35 and not state.num_clips:
            return picture
        picture = picture.copy()
        for index, offset in enumerate((-0.03, 0.05)):
            start = self._neck + np.array([offset * 0.4, 0.02])
            end = self._neck + np.array([-0.2 + offset, 0.2 + 0.3 * offset])
            parts = ((0.0, 0.3), (0.62, 1.0)) if state.is_cut else ((0.0, 1.0),)
            for first, last in parts:
                near, far = (_pixel(start + share * (end - start)) for share in (first, last))
                cv2.line(picture, near, far, self._palette.peritoneum, 6 - 2 * index, cv2.LINE_AA)
            for clip in range(min((state.num_clips + 1 - index) // 2, 3)):
                place = start + (0.68 + 0.12 * clip) * (end - start)
                cv2.line(picture, _pixel(place - CLIP_HALF), _pixel(place + CLIP_HALF), self._palette.clip, 3)
        return picture


def _rounded(state: State) -> State:
    """Return the state in steps, without what does not show in the tissue."""
    shares = ("cleared", "dissected", "freed", "blood")
    return replace(state, smoke=0.0, **{name: round(getattr(state, name) / STEP) * STEP for name in shares})


def _blend(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return `above` laid over `below` where share is 1."""
    share = np.ascontiguousarray(share, np.float32)
    return np.asarray(cv2.blendLinear(above, below, share, 1 - share))


def _pixel(place: np.ndarray) -> tuple[int, int]:
    """Return the pixel of the field at a place in units."""
    x, y = place * PIXELS_PER_UNIT
    return round(x + WORLD_SHAPE[1] / 2), round(y + WORLD_SHAPE[0] / 2)
