"""Textured discs that drift, turn and grow over a textured ground: pictures whose motion is known everywhere."""

from collections.abc import Iterator

import cv2
import numpy as np

from models.simulation.motion import MotionField
from models.simulation.texture import texture

MAX_PIXELS_A_FRAME = 6.0
NUM_DISCS = 5
CELLS = (64, 16, 5)
"""Pixels of the detail of the discs and of the ground."""
_MARGIN = 3.0
"""How many times the picture the ground is larger, so that its edge stays out of sight for a while."""


class PatchworkScene:
    """One scene; everything about it follows from its seed. Frame 0 shows every layer in its own place.

    Every layer moves by one affine map a frame, so that the motion is exact at any pixel.
    """

    def __init__(self, seed: int, *, height: int = 240, width: int = 320) -> None:
        rng = np.random.default_rng(seed)
        self._size = (width, height)
        side = round(_MARGIN * max(height, width))
        self._textures = [texture(rng, (side, side), cells=CELLS) for _ in range(NUM_DISCS + 1)]
        centres = rng.uniform(0.15, 0.85, (NUM_DISCS, 2)) * self._size
        radii = rng.uniform(0.08, 0.22, NUM_DISCS) * height
        self._covers: list[np.ndarray] = [np.full((side, side), 255, np.uint8)]
        self._steps = [_step(rng, np.array(self._size) / 2, MAX_PIXELS_A_FRAME / 3)]
        # Layers are stored with the middle of their texture in the middle of the picture.
        self._place = _shift((np.array(self._size) - side) / 2)
        for centre, radius in zip(centres, radii, strict=True):
            cover = np.zeros((side, side), np.uint8)
            stored = centre - self._place[:2, 2]
            self._covers.append(cv2.circle(cover, np.rint(stored).astype(int).tolist(), int(radius), 255, -1))
            self._steps.append(_step(rng, centre, MAX_PIXELS_A_FRAME))

    def frames(self, num_frames: int) -> Iterator[np.ndarray]:
        """Yield the first frames, uint8 RGB (H, W, 3)."""
        for index in range(num_frames):
            yield self.frame(index)

    def frame(self, index: int) -> np.ndarray:
        """Return frame `index`, uint8 RGB (H, W, 3)."""
        picture = np.zeros((*self._size[::-1], 3), np.uint8)
        owners = self._owners(index)
        for layer, surface in enumerate(self._textures):
            drawn = cv2.warpAffine(surface, self._pose(layer, index)[:2], self._size, flags=cv2.INTER_LINEAR)
            np.copyto(picture, drawn, where=(owners == layer)[..., None])
        return picture

    def motion(self, index: int) -> MotionField:
        """Return how the pixels of frame `index` move until the next one."""
        width, height = self._size
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        homogeneous = np.stack((columns, rows, np.ones_like(rows)), -1).astype(np.float64)  # (H, W, 3)
        owners = self._owners(index)
        places = np.stack([homogeneous @ step[:2].T for step in self._steps])  # (layers, H, W, 2)
        arrived = np.take_along_axis(places, owners[None, ..., None], 0)[0]
        flow = (arrived - homogeneous[..., :2]).astype(np.float32)
        nearest = np.rint(arrived).astype(int)
        is_inside = ((nearest >= 0) & (nearest < (width, height))).all(-1)
        x, y = nearest[..., 0].clip(0, width - 1), nearest[..., 1].clip(0, height - 1)
        return MotionField(flow, is_inside & (self._owners(index + 1)[y, x] == owners))

    def _owners(self, index: int) -> np.ndarray:
        """Return the layer that each pixel shows, (H, W); later layers lie above earlier ones."""
        owners = np.zeros(self._size[::-1], np.int64)
        for layer, cover in enumerate(self._covers):
            shown = cv2.warpAffine(cover, self._pose(layer, index)[:2], self._size, flags=cv2.INTER_NEAREST)
            owners[shown > 0] = layer
        return owners

    def _pose(self, layer: int, index: int) -> np.ndarray:
        """Return the map (3, 3) from a layer's texture to the picture."""
        return np.asarray(np.linalg.matrix_power(self._steps[layer], index) @ self._place)


def _step(rng: np.random.Generator, centre: np.ndarray, most_pixels: float) -> np.ndarray:
    """Draw what happens to a layer from frame to frame, (3, 3): a shift, a small turn and a small change of size."""
    turn, growth = np.radians(rng.uniform(-1, 1)), rng.uniform(0.99, 1.01)
    direction = rng.uniform(0, 2 * np.pi)
    shift = rng.uniform(0.2, 1.0) * most_pixels * np.array((np.cos(direction), np.sin(direction)))
    cosine, sine = growth * np.cos(turn), growth * np.sin(turn)
    turning = np.array(((cosine, -sine, 0.0), (sine, cosine, 0.0), (0.0, 0.0, 1.0)))
    return np.asarray(_shift(centre + shift) @ turning @ _shift(-centre))


def _shift(offset: np.ndarray) -> np.ndarray:
    moved = np.eye(3)
    moved[:2, 2] = offset
    return moved
