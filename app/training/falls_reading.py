"""Reads the videos of a training run for falls: real recordings, ordinary video of other places, simulated scenes."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from app.scene_files import read_truth, spans_of
from app.training.frame_cache import cache_frames, decode_frames
from models.datasets.labelled_video import LabelledVideo
from models.datasets.segments import read_segments
from models.evaluation.events import Span
from models.falls.motion import FRAME_RATE_HZ, SHORT_SIDE
from models.predictor import ClipSpec
from models.training.falls.config import FallsConfig, RecordedConfig
from models.training.falls.materials import Footage, with_short_falls
from models.training.phases import Show


def read_recorded(config: FallsConfig, folder: Path, show: Show) -> list[Footage]:
    """Return every real recording as it is, then as other cameras would show it, some of them slower or faster.

    Where nobody falls, every other camera sees it backwards: who gets up then sits down, who comes then leaves.

    Raises:
        ValueError: something is wrong with the data set, or a video cannot be decoded; one line each.
        OSError: the disk is full.
    """
    recorded = config.recorded
    videos = read_segments(recorded.videos)
    others = [LabelledVideo(path.name, path, str(path), spans=()) for path in recorded.ordinary]
    footage: list[Footage] = []
    for number, speed in enumerate(recorded.speeds):
        cached = cache_frames(
            [*videos, *others],
            folder,
            _spec(speed),
            num_threads=config.threads,
            on_progress=lambda done, total: show(done, total),
        )
        for one in cached:
            as_it_is = _footage(one.video, one.frames, recorded, speed)
            num_views = recorded.views if as_it_is.has_fall else recorded.ordinary_views
            views = range(number, num_views, len(recorded.speeds))
            footage += [_seen_from(as_it_is, view) for view in views]
    return footage


def read_scene(video: Path, source: str) -> Footage:
    """Return a rendered scene, read as any video is.

    Raises:
        StreamError: the video cannot be read.
    """
    spans = spans_of(read_truth(video).get("activities", ()))
    return Footage(video.stem, source, video.stem, np.stack(list(decode_frames(video, _spec(1.0)))), spans)


def _seen_from(footage: Footage, view: int) -> Footage:
    """Return footage as one of the cameras sees it."""
    if view % 2 == 0 or footage.has_fall:
        return replace(footage, view=view)
    seconds = len(footage.frames) / FRAME_RATE_HZ
    spans = tuple(Span(one.label, seconds - one.end_seconds, seconds - one.start_seconds) for one in footage.spans)
    return replace(footage, view=view, is_backwards=True, spans=spans)


def _footage(video: LabelledVideo, frames: np.ndarray, recorded: RecordedConfig, speed: float) -> Footage:
    named = [
        replace(span, label=recorded.rename[span.label]) for span in video.spans or () if span.label in recorded.rename
    ]
    spans = [Span(span.label, span.start_seconds / speed, span.end_seconds / speed) for span in named]
    is_ordinary = video.path in recorded.ordinary
    group = video.name if is_ordinary else video.groups.get(recorded.fold_by, video.name)
    return Footage(
        video.name,
        "ordinary" if is_ordinary else "recorded",
        group,
        frames,
        with_short_falls(spans, recorded.fall_seconds / speed),
    )


def _spec(speed: float) -> ClipSpec:
    rate = FRAME_RATE_HZ / speed
    return ClipSpec(1, rate, 1 / rate, SHORT_SIDE)
