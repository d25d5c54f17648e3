"""The analysed video with its labels and events burned in."""

from pathlib import Path

import numpy as np

from app.analysis.steady_writer import SteadyWriter
from app.analysis.timeline_panel import end_of
from app.pictures.canvas import Canvas, Colour
from app.pictures.palette import SKY, VERMILION, rgb
from app.pictures.time_axis import format_time
from stream.analysis import AnalysedVideo
from stream.batch.decoder import Decoder
from stream.batch.series import Series
from stream.batch.wire import DecodeOrder, Step

MAX_SHORT_SIDE = 720
"""Larger videos are scaled down: labels are for looking at."""
FALLBACK_RATE_HZ = 25.0
NUM_LABELS = 3

_WHITE: Colour = (255, 255, 255)
_SHADE: Colour = (16, 20, 24)
_BAR, _EVENT = rgb(SKY), rgb(VERMILION)


class AnnotatedVideo:
    """Writes `<input>_annotated.mp4`: constant rate, H.264, at most 720 lines."""

    suffix = "_annotated.mp4"

    def __init__(self, *, end_seconds: float | None = None) -> None:
        self._end_seconds = end_seconds

    def make(self, path: Path, video: AnalysedVideo) -> None:
        """Read the video once more and write it with what the models said.

        Raises:
            StreamError: the video could not be read again.
            OSError: the file cannot be written.
        """
        order = DecodeOrder(video.location, {}, short_side=MAX_SHORT_SIDE, end_seconds=self._end_seconds)
        rate_hz = min(video.media.declared_rate_hz or FALLBACK_RATE_HZ, 60.0)
        overlay = _Overlay(video)
        with Decoder(order) as decoder, SteadyWriter(path, rate_hz) as writer:
            for message in decoder:
                for frame in message.frames if isinstance(message, Step) else ():
                    picture = _even(frame.rgb)
                    overlay.draw(picture, frame.pts_seconds)
                    writer.write(picture, frame.pts_seconds)


class _Overlay:
    """What is written onto a picture at a moment."""

    def __init__(self, video: AnalysedVideo) -> None:
        self._video = video
        self._longest = video.duration_seconds

    def draw(self, pixels: np.ndarray, seconds: float) -> None:
        """Draw onto uint8 RGB (H, W, 3), in place."""
        canvas = Canvas.over(pixels)
        size = max(round(canvas.height / 28), 11)
        clock = format_time(seconds, longest=self._longest, decimals=1)
        _plate(canvas, clock, canvas.width - size * 0.5, size * 1.6, size, align_right=True)
        self._draw_events(canvas, seconds, size)
        self._draw_labels(canvas, seconds, size)

    def _draw_events(self, canvas: Canvas, seconds: float, size: int) -> None:
        going_on = [event for event in self._video.events if event.start_seconds <= seconds < end_of(event)]
        for index, event in enumerate(going_on):
            text = f"{event.label}  {event.peak_score:.2f}"
            _plate(canvas, text, size * 0.5, size * (1.6 + 1.7 * index), size, colour=_EVENT, is_bold=True)

    def _draw_labels(self, canvas: Canvas, seconds: float, size: int) -> None:
        lines = [line for series in self._video.series for line in _lines(series, seconds)]
        step = size * 1.5
        top = canvas.height - step * len(lines) - size * 0.5
        if not lines:
            return
        width = max(canvas.text_width(text, size=size) for text, _ in lines) + size
        has_bars = any(share is not None for _, share in lines)
        bar_length = min(size * 6, canvas.width - width - size) if has_bars else 0
        canvas.bar(0, top - size * 0.3, width + bar_length + size * 0.5, canvas.height, _SHADE, opacity=0.6)
        for index, (text, share) in enumerate(lines):
            baseline = top + step * index + size
            canvas.text(size * 0.5, baseline, text, size=size, colour=_WHITE)
            if share is not None and bar_length > 0:
                canvas.bar(width, baseline - size * 0.7, width + bar_length * share, baseline, _BAR)


def _lines(series: Series, seconds: float) -> list[tuple[str, float | None]]:
    """Return what a model says at a moment: each line a text and, for scores, a share of a bar."""
    index = _clip_at(series, seconds)
    if index is None:
        return []
    values = series.values[index]
    if series.kind != "classification":
        words = [f"{name} {value:.3g} {series.unit}" for name, value in zip(series.names, values, strict=True)]
        return [(f"{series.model}: {', '.join(words)}", None)]
    best = np.argsort(-values, kind="stable")[:NUM_LABELS]
    return [(f"{series.names[column]}  {values[column]:.2f}", float(values[column])) for column in best]


def _clip_at(series: Series, seconds: float) -> int | None:
    """Return the clip that speaks for a moment: of those that cover it, the one with the nearest centre."""
    if not series.start_seconds.size:
        return None
    centres = (series.start_seconds + series.end_seconds) / 2
    index = int(np.argmin(np.abs(centres - seconds)))
    covers = series.start_seconds[index] <= seconds <= series.end_seconds[index]
    return index if covers else None


def _plate(
    canvas: Canvas,
    text: str,
    x: float,
    baseline: float,
    size: int,
    *,
    colour: Colour = _SHADE,
    align_right: bool = False,
    is_bold: bool = False,
) -> None:
    """Write a text on a plate of colour, so that it can be read on any picture."""
    width = canvas.text_width(text, size=size, is_bold=is_bold)
    left = x - width if align_right else x
    opacity = 0.6 if colour == _SHADE else 0.9
    margin, above, below = size * 0.4, size * 1.1, size * 0.4
    canvas.bar(left - margin, baseline - above, left + width + margin, baseline + below, colour, opacity=opacity)
    canvas.text(left, baseline, text, size=size, colour=_WHITE, is_bold=is_bold)


def _even(pixels: np.ndarray) -> np.ndarray:
    """Return the picture with even sides, as H.264 wants them: at most one row and one column are repeated."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
