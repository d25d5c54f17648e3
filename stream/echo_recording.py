"""Reads an echocardiogram from a video or a DICOM cine, as the echo networks want it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.echo.cine import Cine
from models.echo.crop import Crop
from models.echo.sector import Fan, NoFan, find_fan
from stream.errors import SourceRefused
from stream.sources.dicom_signature import is_dicom
from stream.sources.dicom_ultrasound import UltrasoundTags, read_ultrasound_tags
from stream.sources.opening import open_source
from stream.sources.url import file_path, is_camera

MOST_SECONDS = 60.0
"""Of a recording that are read; an echo loop has 2 to 10."""
MOST_FRAMES = 6000
FRAMES_FOR_FAN = 24
_SCAN_FRAMES = 240
"""Within which the fan is searched for."""


class NoUltrasound(SourceRefused):
    """The recording shows no ultrasound."""


@dataclass(frozen=True)
class Recording:
    """A recording ready to be read."""

    cine: Cine
    width: int
    """Of its pictures, pixels."""
    height: int


def read_recording(location: str) -> Recording:
    """Read a file twice: to find the fan, and to cut its square out of every frame.

    Only the squares stay in memory. The fan is where the DICOM header says, as long as the pictures agree.

    Raises:
        NoUltrasound: the header or the pictures say that this is something else.
        SourceRefused: the file is missing, damaged, or too short.
    """
    if is_camera(location):
        raise SourceRefused(f"{location}: required a recording, found a camera; record a loop of 2 to 10 s first")
    path = file_path(location)
    tags = read_ultrasound_tags(path) if is_dicom(path) else UltrasoundTags("", None, None)
    if tags.modality not in ("", "US"):
        raise NoUltrasound(f"{path.name}: required an ultrasound recording, the DICOM header says {tags.modality!r}")
    fan = _find(location, tags, path)
    crop = Crop.around(fan.box)
    squares: list[np.ndarray] = []
    seconds: list[float] = []
    width = height = 0
    with open_source(location) as reader:
        for index, frame in enumerate(reader):
            at = index / 30.0 if frame.pts_seconds is None else frame.pts_seconds
            if seconds and at <= seconds[-1]:
                continue
            if seconds and (at - seconds[0] > MOST_SECONDS or len(seconds) >= MOST_FRAMES):
                break
            width, height = frame.width, frame.height
            squares.append(crop.take(frame.to_rgb(height, width)))
            seconds.append(at)
    if len(seconds) < 2:
        raise SourceRefused(f"{path.name}: required at least 2 frames with times, found {len(seconds)}")
    is_scaled = fan.box == tags.box
    cine = Cine(
        path.name, np.stack(squares), np.array(seconds), crop, cm_a_pixel=tags.cm_a_pixel if is_scaled else None
    )
    return Recording(cine, width, height)


def _find(location: str, tags: UltrasoundTags, path: Path) -> Fan:
    """Return the fan of the header where what the pictures show lies within it, else that of the pictures."""
    pictures = []
    with open_source(location) as reader:
        for index, frame in enumerate(reader):
            if index >= _SCAN_FRAMES:
                break
            pictures.append(frame.to_rgb(*frame.size_for_short_side(min(frame.height, 480))))
            if len(pictures) > 2 * FRAMES_FOR_FAN:
                pictures = pictures[::2]
        size = frame.height
    found = find_fan(pictures)
    if tags.box and (isinstance(found, NoFan) or _lies_within(found, tags.box, size / pictures[0].shape[0])):
        return Fan(tags.box)
    if isinstance(found, NoFan):
        raise NoUltrasound(f"{path.name}: required an ultrasound recording: {found.reason}")
    scale = size / pictures[0].shape[0]
    left, top, right, bottom = found.box
    return Fan((left * scale, top * scale, right * scale, bottom * scale))


def _lies_within(found: Fan, box: tuple[float, float, float, float], scale: float) -> bool:
    """Whether the middle of what was found lies in the header's box, and its height is much of the box's."""
    left, top, right, bottom = (side * scale for side in found.box)
    x, y = (left + right) / 2, (top + bottom) / 2
    return box[0] < x < box[2] and box[1] < y < box[3] and (bottom - top) > 0.5 * (box[3] - box[1])
