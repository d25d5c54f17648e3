"""From the frames of a clip to what a network reads: resize, crop, range."""

import cv2
import numpy as np


def resize_short_side(frames: np.ndarray, short_side: int) -> np.ndarray:
    """Scale frames so that the smaller of height and width is `short_side`; the aspect stays.

    Args:
        frames: (T, H, W, C), uint8.

    Returns:
        (T, H', W', C), uint8; the frames themselves when they are of that size already.
    """
    height, width = frames.shape[1:3]
    if min(height, width) == short_side:
        return frames
    scale = short_side / min(height, width)
    size = (max(short_side, round(width * scale)), max(short_side, round(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, size, interpolation=interpolation) for frame in frames])


def resize_exactly(frames: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale frames to a height and width, whatever their aspect: bilinear, each place from its four neighbours.

    Args:
        frames: (T, H, W, C), uint8.
        size: Height and width.

    Returns:
        (T, *size, C), uint8; the frames themselves when they are of that size already.
    """
    if frames.shape[1:3] == size:
        return frames
    height, width = size
    return np.stack([cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR) for frame in frames])


def crop_centre(frames: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut the middle out of frames; where it cannot be exact, the cut is half a pixel up and left.

    Args:
        frames: (T, H, W, ...).
        size: Height and width to keep.

    Returns:
        (T, *size, ...), a view.

    Raises:
        ValueError: a frame is smaller than the crop.
    """
    (height, width), (crop_height, crop_width) = frames.shape[1:3], size
    if height < crop_height or width < crop_width:
        raise ValueError(f"a crop of {crop_height}x{crop_width} needs frames at least as large, got {height}x{width}")
    top, left = (height - crop_height) // 2, (width - crop_width) // 2
    return frames[:, top : top + crop_height, left : left + crop_width]


def normalise_clip(frames: np.ndarray) -> np.ndarray:
    """Map uint8 frames to what I3D was trained on.

    Args:
        frames: (T, H, W, 3), uint8, RGB.

    Returns:
        (3, T, H, W), float32 in [-1, 1].

    Source: Carreira & Zisserman 2017, arXiv:1705.07750, section 3 (RGB stream).
    """
    planes = _split_channels(frames)
    planes *= np.float32(2 / 255)
    planes -= 1
    return planes


def standardise_clip(
    frames: np.ndarray, mean: tuple[float, float, float], deviation: tuple[float, float, float]
) -> np.ndarray:
    """Map uint8 frames to what a network was trained on that knows the mean and deviation of its pictures.

    Args:
        frames: (T, H, W, 3), uint8, RGB.
        mean: Of red, green and blue in 0..1.
        deviation: Of red, green and blue in 0..1.

    Returns:
        (3, T, H, W), float32.
    """
    planes = _split_channels(frames)
    for plane, middle, spread in zip(planes, mean, deviation, strict=True):
        plane *= np.float32(1 / (255 * spread))
        plane -= np.float32(middle / spread)
    return planes


def normalise_frames(frames: np.ndarray) -> np.ndarray:
    """Map uint8 frames to what EfficientNet-Lite was trained on: (x - 127) / 128.

    Args:
        frames: (T, H, W, 3), uint8, RGB.

    Returns:
        (T, 3, H, W), float32 in [-1, 1].
    """
    planes = _split_channels(frames).swapaxes(0, 1)
    planes -= 127
    planes *= np.float32(1 / 128)
    return np.ascontiguousarray(planes)


def normalise_clip_as_lite(frames: np.ndarray) -> np.ndarray:
    """Map uint8 frames (T, H, W, 3) to (3, T, H, W), float32, as `normalise_frames` does."""
    return standardise_clip(frames, (127 / 255,) * 3, (128 / 255,) * 3)


def normalise_frames_to_one(frames: np.ndarray) -> np.ndarray:
    """Map uint8 frames (T, H, W, 3) to (T, 3, H, W), float32 in [-1, 1], as `normalise_clip` does."""
    return np.ascontiguousarray(normalise_clip(frames).swapaxes(0, 1))


def _split_channels(frames: np.ndarray) -> np.ndarray:
    """Return (3, T, H, W), float32; plane by plane, which is ten times faster than a transposed copy."""
    planes = np.empty((3, *frames.shape[:3]), np.float32)
    for index, frame in enumerate(frames):
        for channel, plane in enumerate(cv2.split(frame)):
            planes[channel, index] = plane
    return planes
