"""Small videos that a network can tell apart: a square that moves right, left, or not at all."""

from pathlib import Path

import numpy as np

from stream.video_writer import VideoWriter

DIRECTIONS = {"right": 1, "left": -1, "still": 0}


def write_square(
    path: Path,
    direction: str,
    *,
    seed: int,
    seconds: float = 2.0,
    rate_hz: float = 8.0,
    size: tuple[int, int] = (64, 48),
) -> Path:
    """Write a video of `size` pixels, width and height."""
    width, height = size
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    top, start = int(rng.integers(4, 30)), int(rng.integers(0, width))
    background = rng.integers(30, 90, (height, width, 1), dtype=np.uint8).repeat(3, 2)
    with VideoWriter(path, width=width, height=height, frame_rate_hz=rate_hz, quality=18) as writer:
        for index in range(round(seconds * rate_hz)):
            frame = background.copy()
            columns = (np.arange(14) + start + 4 * index * DIRECTIONS[direction]) % width
            frame[top : top + 14, columns] = (230, 220, 60)
            writer.write(frame)
    return path


def write_class_folders(root: Path, *, per_class: int = 6, classes: tuple[str, ...] = tuple(DIRECTIONS)) -> Path:
    """Write a folder for each class."""
    for label in classes:
        for index in range(per_class):
            write_square(root / label / f"{label}_{index}.mp4", label, seed=100 * index + len(label))
    return root
