"""Tests of app/analysis/timeline.py, timeline_panel.py and canvas.py: the picture is read back from its pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.analysis.timeline import WIDTH, Timeline, draw_timeline
from app.analysis.timeline_panel import MAX_CURVES, MAX_POINTS, Panel
from app.pictures.canvas import Canvas
from stream.analysis import AnalysedVideo
from stream.batch.series import Series
from stream.messages import Event
from stream.sources.reader import MediaInfo

MEDIA = MediaInfo("file", "mp4", "h264", 1280, 720, 25.0, 60.0, 1500)
LABELS = ("none", "into_bed", "out_of_bed")
PLOT_LEFT, PLOT_RIGHT = 130, WIDTH - 250


def scores(num_clips: int, labels: tuple[str, ...] = LABELS) -> Series:
    starts = np.arange(num_clips) * 0.64
    values = np.full((num_clips, len(labels)), 0.1, np.float32)
    values[num_clips // 2 : num_clips // 2 + 1, -1] = 0.95
    return Series("bedside_i3d", "classification", labels, "", starts, starts + 2.56, values)


def event(start: float, end: float, label: str = "out_of_bed") -> Event:
    return Event("id", "a", "bedside_i3d", label, 1, start, end, 0.9, start + 1, 0.0)


def video(*series: Series, events: tuple[Event, ...] = (), duration: float = 60.0) -> AnalysedVideo:
    return AnalysedVideo("a.mp4", "a.mp4", MEDIA, duration, series, events)


def columns_of(canvas: Canvas, colour: tuple[int, int, int]) -> np.ndarray:
    """Return the columns in which a whole lane's height of pixels has exactly this colour."""
    return np.flatnonzero((canvas.pixels[-130:] == colour).all(2).sum(0) >= 24)


def test_the_bar_of_an_event_stands_at_its_time() -> None:
    shown = video(scores(90), events=(event(15.0, 30.0),))
    canvas = draw_timeline(shown)
    colour = Panel.of(shown.series[0], shown.events).colours["out_of_bed"]
    columns = columns_of(canvas, colour)
    width = PLOT_RIGHT - PLOT_LEFT
    assert columns.min() == pytest.approx(PLOT_LEFT + width * 15 / 60, abs=2)
    assert columns.max() == pytest.approx(PLOT_LEFT + width * 30 / 60, abs=2)


def test_a_picture_without_events_has_no_lanes_and_each_model_its_panel() -> None:
    one = draw_timeline(video(scores(90))).height
    two = draw_timeline(video(scores(90), scores(90))).height
    laned = draw_timeline(video(scores(90), events=(event(1, 2), event(5, 6, "into_bed")))).height
    assert one < laned < two


@pytest.mark.parametrize("num_clips", [0, 1, 2, 17_000])
def test_any_number_of_clips_gives_a_picture(tmp_path: Path, num_clips: int) -> None:
    Timeline().make(tmp_path / "a.png", video(scores(num_clips), duration=max(num_clips * 0.64, 0.1)))
    picture = cv2.imread(str(tmp_path / "a.png"))
    assert picture is not None
    assert picture.shape[1] == WIDTH
    assert (picture < 128).any(), "something is drawn"


def test_of_many_labels_the_highest_are_drawn_and_peaks_survive_thinning() -> None:
    series = scores(17_000, tuple(f"label {index}" for index in range(400)))
    panel = Panel.of(series, ())
    assert len(panel.columns) == MAX_CURVES
    assert 399 in panel.columns, "the label with the one high score"
    assert len(panel.series.values) <= MAX_POINTS
    assert panel.series.values[:, 399].max() == pytest.approx(0.95)


def test_text_is_measured_as_it_is_drawn() -> None:
    canvas = Canvas(400, 60)
    canvas.text(200, 40, "out_of_bed", size=24, align="centre")
    columns = np.flatnonzero((canvas.pixels < 128).any((0, 2)))
    width = canvas.text_width("out_of_bed", size=24)
    assert columns.min() == pytest.approx(200 - width / 2, abs=4)
    assert columns.max() == pytest.approx(200 + width / 2, abs=4)


def test_what_lies_outside_the_sheet_is_cut_off() -> None:
    canvas = Canvas(50, 50)
    canvas.bar(-20, -20, 10, 10, (0, 0, 0))
    canvas.bar(60, 60, 90, 90, (0, 0, 0))
    canvas.line(np.array([(-100.0, 25.0), (100.0, 25.0)]), (0, 0, 0))
    assert (canvas.pixels[5, 5] == 0).all()
    assert (canvas.pixels[45, 45] == 255).all()


def test_a_picture_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Canvas(4, 4).save(tmp_path / "missing" / "a.png")
