"""Reads operations second by second: those that the simulator rendered, and recorded ones in Cholec80's layout."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from app.scene_files import read_truth, spans_of
from models.datasets.cholec80 import read_cholec80, read_cholec80_tools
from models.datasets.labelled_video import LabelledVideo, Part
from models.evaluation.events import Span
from models.surgical_phases import PHASES, TOOLS
from models.training.surgery.operations import Operation, OperationLabels
from models.transforms import crop_centre
from stream.sources.opening import open_source

EARLY_SECONDS = 1e-3
"""A frame this much before a second stands for it: containers round their timestamps to milliseconds."""


def simulated_operations(videos: Sequence[Path], *, size: int) -> list[Operation]:
    """Return rendered operations with their truth; frames are read when they are asked for."""
    return [Operation(read_labels(video), partial(read_frames, video, size=size)) for video in videos]


def cholec80_operations(folder: Path, part: Part, *, size: int) -> list[Operation]:
    """Return recorded operations of a part of the data set; frames are read when they are asked for.

    Raises:
        ValueError: a file is missing or wrong, a phase or instrument has another name than Cholec80's, or the part
            has no operation.
    """
    tools = {video.name: video for video in read_cholec80_tools(folder)}
    operations = [
        Operation(_recorded_labels(video, tools.get(video.name)), partial(read_frames, video.path, size=size))
        for video in read_cholec80(folder)
        if video.part == part
    ]
    if not operations:
        raise ValueError(f"{folder}: at least one operation of the part {part} is required, found none")
    return operations


def read_labels(video: Path) -> OperationLabels:
    """Read what is true of each second of a rendered operation."""
    truth = read_truth(video)
    num_seconds = round(truth["duration_seconds"])
    phases = _phases(spans_of(truth["phases"], label_key="phase"), num_seconds)
    tools = _tools(spans_of(truth["tools"], label_key="tool"), num_seconds)
    for start, end in truth["out_of_body"]:
        tools[_seconds(start, end)] = 0
    return OperationLabels(video.stem, phases, tools)


def read_frames(video: Path, *, size: int) -> Iterator[np.ndarray]:
    """Yield the frame of each second, resized and cut as the model sees it, uint8 RGB (size, size, 3)."""
    num_read, begins = 0, None
    with open_source(str(video)) as reader:
        for frame in reader:
            if frame.pts_seconds is None:
                continue
            begins = frame.pts_seconds if begins is None else begins
            if frame.pts_seconds - begins >= num_read - EARLY_SECONDS:
                yield crop_centre(frame.to_rgb(*frame.size_for_short_side(size))[None], (size, size))[0]
                num_read += 1


def _recorded_labels(video: LabelledVideo, tools: LabelledVideo | None) -> OperationLabels:
    spans = video.spans or ()
    for span in (*spans, *((tools.spans or ()) if tools else ())):
        if span.label not in (*PHASES, *TOOLS):
            raise ValueError(f"{span.origin}: a phase or instrument of Cholec80 is required, got {span.label!r}")
    if tools is None:
        raise ValueError(f"{video.origin}: the frame CNN needs the operation's instruments too, found no such file")
    num_seconds = int(max(span.end_seconds for span in spans))
    return OperationLabels(video.path.stem, _phases(spans, num_seconds), _tools(tools.spans or (), num_seconds))


def _phases(spans: Iterable[Span], num_seconds: int) -> np.ndarray:
    """Return the phase of each second; seconds that no span covers bear the last one's."""
    phases, last = np.zeros(num_seconds, np.int64), 0
    for span in sorted(spans, key=lambda span: span.start_seconds):
        last = PHASES.index(span.label)
        phases[_seconds(span.start_seconds, num_seconds)] = last
    return phases


def _tools(spans: Iterable[Span], num_seconds: int) -> np.ndarray:
    tools = np.zeros((num_seconds, len(TOOLS)), np.float32)
    for span in spans:
        tools[_seconds(span.start_seconds, span.end_seconds), TOOLS.index(span.label)] = 1
    return tools


def _seconds(start: float, end: float) -> slice:
    """Return the whole seconds within a span, its end excluded."""
    return slice(int(np.ceil(start)), int(np.ceil(end)))
