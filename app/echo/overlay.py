"""Pictures of a reading: the contour on every frame, and one sheet with the beats and the area over time."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from app.pictures.canvas import FAINT_INK, GRID, INK, Canvas, Colour
from app.pictures.time_axis import TimeAxis, value_marks
from models.echo.reading import EchoReading
from stream.sources.opening import open_source
from stream.video_writer import VideoWriter

CONTOUR: Colour = (94, 200, 168)
DIASTOLE: Colour = (106, 169, 233)
SYSTOLE: Colour = (239, 143, 106)
LEAST_HEIGHT = 480
"""Small pictures are enlarged to about this height, pixels."""
_SHEET_WIDTH, _PICTURE_HEIGHT, _PLOT_HEIGHT = 1280, 420, 220
_WHITE: Colour = (255, 255, 255)


def pictures_of(location: str, reading: EchoReading) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the index and the picture, uint8 RGB (H, W, 3), of every frame that the reading speaks of."""
    index = 0
    with open_source(location) as reader:
        for frame in reader:
            if index == len(reading.pts_seconds):
                return
            if frame.pts_seconds is None or abs(frame.pts_seconds - reading.pts_seconds[index]) < 1e-6:
                yield index, frame.to_rgb(frame.height, frame.width)
                index += 1


def with_contour(picture: np.ndarray, reading: EchoReading, index: int, *, colour: Colour = CONTOUR) -> np.ndarray:
    """Return the picture, enlarged where it is small, with the ventricle's border of a frame."""
    scale = max(round(LEAST_HEIGHT / picture.shape[0]), 1)
    shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale > 1 else picture
    canvas = Canvas.over(np.ascontiguousarray(shown))
    if index < len(reading.contours) and len(reading.contours[index]) > 2:
        border = smooth((reading.contours[index] + 0.5) * scale - 0.5)
        canvas.area(border, colour, opacity=0.16)
        canvas.line(np.concatenate((border, border[:1])), colour, thickness=2)
    return canvas.pixels


def smooth(border: np.ndarray) -> np.ndarray:
    """Return a closed border without the steps of its pixels, (M, 2)."""
    around = np.concatenate((border[-4:], border, border[:4])).astype(np.float32)
    blurred = cv2.GaussianBlur(around, (1, 9), 0, sigmaY=2.0, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred[4:-4], np.float64)


def write_annotated_video(path: Path, location: str, reading: EchoReading) -> None:
    """Write the recording with the contour and, where it was read, the ejection fraction.

    Raises:
        StreamError: the recording cannot be read again, or the video not written.
    """
    writer: VideoWriter | None = None
    try:
        for index, picture in pictures_of(location, reading):
            shown = _captioned(with_contour(picture, reading, index), reading, index)
            shown = shown[: shown.shape[0] // 2 * 2, : shown.shape[1] // 2 * 2]
            height, width = shown.shape[:2]
            if writer is None:
                rate_hz = float(np.clip(reading.frame_rate_hz, 1, 240))
                writer = VideoWriter(path, width=width, height=height, frame_rate_hz=rate_hz)
            writer.write(np.ascontiguousarray(shown))
    except BaseException:
        if writer:
            writer.abandon()
        raise
    if writer:
        writer.close()


def write_sheet(path: Path, location: str, reading: EchoReading) -> None:
    """Write one picture: the first beat relaxed and contracted, and the area over time with every beat."""
    canvas = Canvas(_SHEET_WIDTH, 120 + _PICTURE_HEIGHT + _PLOT_HEIGHT + 110)
    canvas.text(40, 50, reading.source_id, size=28, is_bold=True)
    canvas.text(40, 86, headline(reading), size=20, colour=FAINT_INK)
    wanted = _shown_frames(reading)
    pictures = {index: picture for index, picture in pictures_of(location, reading) if index in wanted}
    for place, (index, (title, colour)) in enumerate(wanted.items()):
        if index in pictures:
            shown = with_contour(pictures[index], reading, index, colour=colour)
            _paste(canvas, shown, left=40 + place * 610, top=110, title=title)
    if len(reading.areas) > 1:
        _draw_curve(canvas, reading, top=120 + _PICTURE_HEIGHT + 50)
    canvas.save(path)


def headline(reading: EchoReading) -> str:
    """Return what was read, or why it was not, in one line."""
    if reading.refusal:
        return f"not read: {reading.refusal.reason}"
    if not reading.ef or not reading.volume_ef:
        return "not read"
    beats = f"{len(reading.beats)} beats, {reading.ef.lowest:.0f} to {reading.ef.highest:.0f} %"
    return f"EF {reading.ef.mean:.0f} % ({beats}); by area and length {reading.volume_ef.mean:.0f} %"


def _captioned(picture: np.ndarray, reading: EchoReading, index: int) -> np.ndarray:
    canvas = Canvas.over(np.ascontiguousarray(picture))
    size = max(canvas.height // 28, 12)
    text = headline(reading) if not reading.refusal else reading.refusal.code.replace("_", " ")
    now = reading.pts_seconds[index]
    for beat in reading.beats:
        if abs(now - beat.systole_seconds) < 0.06:
            text = f"end of systole, EF {beat.ef_percent:.0f} %"
    canvas.bar(0, canvas.height - 1.7 * size, canvas.width, canvas.height, (0, 0, 0), opacity=0.6)
    canvas.text(size, canvas.height - 0.5 * size, text, size=size, colour=_WHITE)
    return canvas.pixels


def _shown_frames(reading: EchoReading) -> dict[int, tuple[str, Colour]]:
    """Return the frames worth showing, each with its title and the colour of its contour."""
    if not len(reading.pts_seconds):
        return {}
    if reading.beats:
        beat = reading.beats[0]
        largest, smallest = (
            int(np.argmin(np.abs(reading.pts_seconds - at))) for at in (beat.diastole_seconds, beat.systole_seconds)
        )
    elif len(reading.areas):
        largest, smallest = int(reading.areas.argmax()), int(reading.areas.argmin())
    else:
        return {0: ("first frame", CONTOUR)}
    return {largest: ("largest", DIASTOLE), smallest: ("smallest", SYSTOLE)}


def _paste(canvas: Canvas, picture: np.ndarray, *, left: int, top: int, title: str) -> None:
    scale = min(_PICTURE_HEIGHT / picture.shape[0], 590 / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else 2)
    canvas.pixels[top : top + small.shape[0], left : left + small.shape[1]] = small
    canvas.text(left, top + small.shape[0] + 24, title, size=18, colour=FAINT_INK)


def _draw_curve(canvas: Canvas, reading: EchoReading, *, top: float) -> None:
    bottom = top + _PLOT_HEIGHT
    axis = TimeAxis(float(reading.pts_seconds[0]), float(reading.pts_seconds[-1]), left=110, right=_SHEET_WIDTH - 50)
    marks = value_marks(max(float(reading.areas.max()), 1.0))

    def y(values: np.ndarray) -> np.ndarray:
        return np.asarray(bottom - values / marks[-1] * _PLOT_HEIGHT)

    for mark in marks:
        height = float(y(np.asarray(mark)))
        canvas.line(np.array(((axis.left, height), (axis.right, height))), GRID)
        canvas.text(axis.left - 12, height + 6, f"{mark:g}", size=16, colour=FAINT_INK, align="right")
    for mark in axis.marks:
        canvas.text(axis.x(mark), bottom + 26, axis.name(mark, decimals=1), size=16, colour=FAINT_INK, align="centre")
    canvas.line(np.stack((axis.xs(reading.pts_seconds), y(reading.areas)), 1), INK, thickness=2)
    for beat in reading.beats:
        for at, colour in ((beat.diastole_seconds, DIASTOLE), (beat.systole_seconds, SYSTOLE)):
            canvas.bar(axis.x(at) - 1.5, top, axis.x(at) + 1.5, bottom, colour, opacity=0.8)
        canvas.text(axis.x(beat.systole_seconds) + 6, top + 16, f"{beat.ef_percent:.0f} %", size=16, colour=SYSTOLE)
    canvas.text(40, top - 14, f"left ventricle, {reading.area_unit}", size=16, colour=FAINT_INK)
