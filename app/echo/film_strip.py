"""The frames of a recording side by side in one JPEG: what the dashboard plays."""

from pathlib import Path

import cv2
import numpy as np

from app.echo.overlay import pictures_of
from models.echo.reading import EchoReading

COLUMNS = 16
MOST_FRAMES = 480
"""Of a strip: with pictures of 240 rows it stays below what JPEG can hold, and below 4 MB."""
HEIGHT = 240
"""Of each picture, pixels."""
QUALITY = 80


def write_film_strip(path: Path, location: str, reading: EchoReading) -> None:
    """Write the first frames of a recording, row by row.

    Raises:
        StreamError: the recording cannot be read again.
    """
    pictures = []
    for index, picture in pictures_of(location, reading):
        if index == MOST_FRAMES:
            break
        width = round(picture.shape[1] * HEIGHT / picture.shape[0])
        pictures.append(cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    if not pictures:
        return
    missing = -len(pictures) % COLUMNS
    pictures += [np.zeros_like(pictures[0])] * missing
    rows = [np.hstack(pictures[start : start + COLUMNS]) for start in range(0, len(pictures), COLUMNS)]
    strip = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
    path.write_bytes(cv2.imencode(".jpg", strip, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
