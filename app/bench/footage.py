"""The video of the benchmark: 720p, 25 frames a second, H.264, with something moving everywhere."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from models.simulation.texture import texture
from stream.video_writer import VideoWriter

WIDTH, HEIGHT, RATE_HZ = 1280, 720, 25.0
CELLS, BRIGHTEST = (128, 32, 8), 220
"""Of the ground: pixels of its detail, and a value that leaves room for the noise."""
_NUM_SHAPES = 8


def write_footage(path: Path, *, duration_seconds: float, seed: int = 0) -> None:
    """Write the video; the same seed gives the same pictures."""
    with VideoWriter(path, width=WIDTH, height=HEIGHT, frame_rate_hz=RATE_HZ) as writer:
        for frame in make_frames(round(duration_seconds * RATE_HZ), seed=seed):
            writer.write(frame)


def make_frames(num_frames: int, *, seed: int) -> Iterator[np.ndarray]:
    """Yield uint8 RGB frames: a textured ground that pans slowly, shapes that cross it, and the noise of a camera."""
    rng = np.random.default_rng(seed)
    ground = texture(rng, (HEIGHT, WIDTH + 2 * num_frames), cells=CELLS, brightest=BRIGHTEST)
    noise = rng.integers(0, 8, (4, HEIGHT, WIDTH, 3), np.uint8)
    starts, speeds = rng.uniform(0, 1, (_NUM_SHAPES, 2)), rng.uniform(-8, 8, (_NUM_SHAPES, 2))
    radii, colours = rng.integers(20, 90, _NUM_SHAPES), rng.integers(0, 256, (_NUM_SHAPES, 3))
    for index in range(num_frames):
        frame = ground[:, 2 * index : 2 * index + WIDTH].copy()
        for start, speed, radius, colour in zip(starts, speeds, radii, colours, strict=True):
            centre = (start * (WIDTH, HEIGHT) + speed * index) % (WIDTH, HEIGHT)
            cv2.circle(frame, centre.astype(int).tolist(), int(radius), colour.tolist(), -1, cv2.LINE_AA)
        yield cv2.add(frame, noise[index % len(noise)])
