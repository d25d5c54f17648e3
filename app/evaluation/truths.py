"""Reads what is true of the videos of a data set, in whichever layout it is written."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.evaluation.config import TruthConfig
from app.evaluation.layouts.scene_details import with_scene_details
from app.evaluation.layouts.value_table import read_values
from models.datasets.labelled_video import LabelledVideo, part_named
from models.datasets.layouts import LAYOUTS, read_data_set
from models.evaluation.cases import TrueSpan, Truth

SIMULATED, VALUES = "simulated", "values"


def read_truths(config: TruthConfig, quantities: Sequence[str]) -> list[Truth]:
    """Return the truth of every video, its labels called as the model calls them.

    Args:
        config: where and how the truth is written.
        quantities: names of the true measurements that are wanted.

    Raises:
        ValueError: the layout is unknown, or something is wrong with the data set; a line for each, with file and line.
    """
    if config.layout == VALUES:
        return read_values(config, quantities)
    if config.layout not in LAYOUTS:
        known = ", ".join((*LAYOUTS, VALUES))
        raise ValueError(f"truth.layout must be one of {known}, got {config.layout!r}")
    videos = read_data_set(config.layout, config.videos, config.annotations)
    chosen = [video for video in videos if config.split is None or video.part == part_named(config.split)]
    if not chosen:
        raise ValueError(f"{config.annotations or config.videos}: holds no video of split {config.split}")
    return [_renamed(_truth(video, config), config) for video in chosen]


def _truth(video: LabelledVideo, config: TruthConfig) -> Truth:
    spans = None
    if video.spans is not None:
        spans = tuple(TrueSpan(span.label, span.start_seconds, span.end_seconds) for span in video.spans)
    elif video.window and video.label:
        spans = (TrueSpan(video.label, *video.window),)
    groups = {group: video.groups[group] for group in config.groups if video.groups.get(group)}
    label = None if video.window else video.label
    truth = Truth(video.name, str(video.path), spans, label, dict(video.numbers), groups=groups)
    return with_scene_details(truth, Path(video.origin)) if config.layout == SIMULATED else truth


def _renamed(truth: Truth, config: TruthConfig) -> Truth:
    names = config.rename
    spans = truth.spans
    if spans is not None:
        spans = tuple(replace(span, label=names.get(span.label, span.label)) for span in spans)
    return replace(truth, spans=spans, label=names.get(truth.label, truth.label) if truth.label else None)
