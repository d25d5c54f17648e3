"""Changes a clip as another camera, lens or compression would, alike in all its frames."""

import cv2
import numpy as np


def augment_clip(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a changed copy: mirrored, cut, turned, other colours, noise, blur, something in front.

    Which label the clip bears does not change. One generator state gives one result.

    Args:
        frames: uint8 RGB, (T, H, W, 3).
    """
    return change_look(warp_clip(frames, draw_warp(frames.shape[1:3], rng)), rng)


def draw_warp(
    size: tuple[int, ...],
    rng: np.random.Generator,
    *,
    zooms: tuple[float, float] = (0.92, 1.15),
    shift: float = 0.06,
) -> np.ndarray:
    """Draw another view: mirrored, shifted, zoomed, stretched and turned a little.

    Args:
        size: Height and width of the frames.
        rng: Draws it.
        zooms: Smallest and largest enlargement.
        shift: Largest shift to any side, as a share of the picture.

    Returns:
        (2, 3): maps x, y, 1 in pixels to the place in the changed picture.
    """
    height, width = size
    zoom, stretch = rng.uniform(*zooms), rng.uniform(0.95, 1.05)
    angle = np.radians(rng.normal(0, 2.0))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    linear = zoom * np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    linear = linear @ np.diag((mirror * stretch, 1 / stretch))
    centre = np.array(((width - 1) / 2, (height - 1) / 2))
    moved = rng.uniform(-shift, shift, 2) * (width, height)
    return np.column_stack((linear, centre + moved - linear @ centre))


def warp_clip(frames: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return frames (T, H, W, 3) as seen through a warp that `draw_warp` drew."""
    height, width = frames.shape[1:3]
    return np.stack(
        [cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE) for frame in frames]
    )


def change_look(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return frames in other colours, blurred, noised or with something in front; what is where does not change."""
    changed = _recolour(frames, rng) if rng.random() < 0.8 else frames
    if rng.random() < 0.15:
        sigma = float(rng.uniform(0.4, 1.1))
        changed = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in changed])
    if rng.random() < 0.2:
        changed = _add_noise(changed, rng)
    if rng.random() < 0.1:
        changed = _cover(changed, rng)
    return changed


def _recolour(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other brightness, contrast, gamma and tint; sometimes grey or inverted."""
    if rng.random() < 0.12:
        grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
        frames = np.repeat(grey[..., None], 3, axis=-1)
    if rng.random() < 0.15:  # some depth cameras show what is near dark
        frames = 255 - frames
    levels = np.linspace(0, 1, 256)[:, None] ** rng.uniform(0.7, 1.4)
    levels = (levels - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.12, 0.12)
    table = np.clip(levels * rng.normal(1.0, 0.06, 3) * 255, 0, 255).astype(np.uint8)
    rows = frames.reshape(-1, frames.shape[2], 3)
    return np.asarray(cv2.LUT(rows, table[:, None, :])).reshape(frames.shape)


def _add_noise(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = frames.shape[1:3]
    bank = np.round(rng.normal(0, rng.uniform(1.0, 7.0), (height + 16, width + 16, 3))).astype(np.int8)
    offsets = rng.integers(0, 16, (len(frames), 2))
    return np.stack(
        [
            cv2.add(frame, bank[y : y + height, x : x + width], dtype=cv2.CV_8U)
            for frame, (y, x) in zip(frames, offsets, strict=True)
        ]
    )


def _cover(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a still rectangle in front of a part of the picture."""
    height, width = frames.shape[1:3]
    size = (int(rng.uniform(0.1, 0.35) * height), int(rng.uniform(0.06, 0.25) * width))
    top, left = int(rng.integers(height - size[0])), int(rng.integers(width - size[1]))
    changed = frames.copy()
    changed[:, top : top + size[0], left : left + size[1]] = rng.integers(0, 256, 3)
    return changed
