"""What the network for the ejection fraction reads: the ventricle's mask as it moves over about one beat."""

import cv2
import numpy as np

from models.echo.volumes import area_length_volume

CLIP_FRAMES = 32
CLIP_RATE_HZ = 25.0
"""As EchoNet-Dynamic's clips: every second one of 50 frames a second."""
CLIP_SIDE = 32
"""Height and width, pixels."""
MARGIN = 0.2
"""Of the ventricle's largest extent, left free on each side."""


def clip_around(probabilities: np.ndarray, *, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    """Return a clip centred on the ventricle, uint8 (1, T, CLIP_SIDE, CLIP_SIDE), 0..255.

    Args:
        probabilities: of the mask, 0..255, uint8 (T, H, W).
        scale: cuts a larger (above 1) or smaller square, in training.
        shift: moves it by these shares of its side, to the right and down, in training.
    """
    centre, side = _square(probabilities)
    side *= scale
    left, top = centre - side / 2 + np.array(shift) * side
    zoom = CLIP_SIDE / side
    matrix = np.array(((zoom, 0, -left * zoom), (0, zoom, -top * zoom)))
    size = (CLIP_SIDE, CLIP_SIDE)
    return np.stack([cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR) for frame in probabilities])[None]


def clip_volume_ef(probabilities: np.ndarray) -> float:
    """Return the ejection fraction of a clip's beat by area and length, percent, 0..100.

    Args:
        probabilities: of the mask, 0..255, uint8 (CLIP_FRAMES, H, W), the end of systole in the middle.
    """
    middle = CLIP_FRAMES // 2
    volumes = np.array([area_length_volume(mask) for mask in probabilities[: middle + 3] > 127])
    smooth = np.array([np.median(volumes[max(index - 1, 0) : index + 2]) for index in range(len(volumes))])
    largest, smallest = smooth[: middle - 1].max(), smooth[middle - 1 : middle + 2].min()
    return float(np.clip(100 * (1 - smallest / largest), 0, 100)) if largest else 0.0


def clip_indices(pts_seconds: np.ndarray, centre_seconds: float) -> np.ndarray:
    """Return the frame nearest to each moment of a clip, (CLIP_FRAMES,); the ends of the loop are held.

    Args:
        pts_seconds: of the loop's frames, rising, at least two.
        centre_seconds: the end of systole, which comes to lie in the clip's middle.
    """
    wanted = centre_seconds + (np.arange(CLIP_FRAMES) - CLIP_FRAMES // 2) / CLIP_RATE_HZ
    after = np.clip(np.searchsorted(pts_seconds, wanted), 1, len(pts_seconds) - 1)
    is_nearer_before = wanted - pts_seconds[after - 1] < pts_seconds[after] - wanted
    return np.asarray(np.where(is_nearer_before, after - 1, after))


def _square(probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the middle (x, y) and the side of the square that holds the ventricle in all frames."""
    seen = probabilities.max(0) > 127
    if not seen.any():
        height, width = seen.shape
        return np.array((width / 2, height / 2)), float(max(height, width))
    rows, columns = np.nonzero(seen.any(1))[0], np.nonzero(seen.any(0))[0]
    centre = np.array((columns[0] + columns[-1] + 1, rows[0] + rows[-1] + 1)) / 2
    extent = max(columns[-1] - columns[0], rows[-1] - rows[0]) + 1
    return centre, float(extent * (1 + 2 * MARGIN))
