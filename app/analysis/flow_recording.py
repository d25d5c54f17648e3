"""The frames of a video and the flow between them, kept on disk while they are measured."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.flow.dis import grey_frames
from models.flow.methods import FlowMeasure
from stream.errors import StreamError
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source

GROUP_PAIRS = 8
"""Pairs measured together."""
_FULL_COLOUR_PERCENTILE = 99.5
_LEAST_FULL_COLOUR_PIXELS = 1.0


@dataclass(frozen=True)
class FlowSummary:
    """What was written of one video."""

    source: str
    method: str
    device: str
    num_pairs: int
    height: int
    """Pixels of the flow fields."""
    width: int
    frame_rate_hz: float
    pts_seconds: tuple[float, ...]
    """Media time of the first frame of each pair."""
    mean_pixels: float
    """Mean length of the flow vectors, pixels a frame."""
    full_colour_pixels: float
    """Length of the vectors that have their full colour in the film."""
    strongest_pair: int
    """Index of the pair that moves most, which the pictures show."""
    ms_per_pair: float
    """Time to measure a pair, decoding and writing not counted."""


@dataclass(frozen=True)
class FlowRequest:
    """What to measure."""

    source: str
    method: str
    device: str = "cpu"
    short_side: int = 256
    end_seconds: float | None = None
    writes_components: bool = False
    """Whether the components of every pair become pictures, not only those of the strongest."""


def measure_flow(
    request: FlowRequest, measure: FlowMeasure, folder: Path, on_pair: Callable[[], None]
) -> "FlowRecording":
    """Measure the flow of a video into files of a folder; memory does not grow with the length of the video.

    Raises:
        StreamError: the source cannot be read, or is shorter than two frames.
    """
    recording: FlowRecording | None = None
    for frames, pts_seconds in _groups(request):
        recording = recording or FlowRecording(folder, (frames.shape[1], frames.shape[2]))
        started = time.perf_counter()
        flows = measure(frames[:-1], frames[1:])
        recording.measure_seconds += time.perf_counter() - started
        recording.add(frames[:-1], flows, pts_seconds)
        for _ in flows:
            on_pair()
    if recording is None:
        raise StreamError(f"{request.source}: flow needs at least two frames")
    recording.close()
    return recording


class FlowRecording:
    """Frames and flow of a video, kept on disk while they are measured."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._size = size
        self._frames, self._flows = folder / "frames", folder / "flows"
        self._frames_file, self._flows_file = self._frames.open("wb"), self._flows.open("wb")
        self.pts_seconds: list[float] = []
        self.mean_lengths: list[float] = []
        self.high_lengths: list[float] = []
        self.measure_seconds = 0.0

    def add(self, frames: np.ndarray, flows: np.ndarray, pts_seconds: list[float]) -> None:
        """Append the first frames of some pairs, uint8 (N, H, W), and their flow."""
        self._frames_file.write(frames.tobytes())
        self._flows_file.write(flows.astype(np.float16).tobytes())
        lengths = np.hypot(flows[..., 0], flows[..., 1])
        self.mean_lengths += lengths.mean((1, 2)).tolist()
        self.high_lengths += np.percentile(lengths, _FULL_COLOUR_PERCENTILE, axis=(1, 2)).tolist()
        self.pts_seconds += pts_seconds

    def close(self) -> None:
        self._frames_file.close()
        self._flows_file.close()

    @property
    def frames(self) -> np.ndarray:
        """uint8, (T, H, W)."""
        return np.memmap(self._frames, np.uint8, "r", shape=(len(self.pts_seconds), *self._size))

    @property
    def flows(self) -> np.ndarray:
        """float16, (T, H, W, 2)."""
        return np.memmap(self._flows, np.float16, "r", shape=(len(self.pts_seconds), *self._size, 2))

    def save_flows(self, path: Path) -> None:
        np.save(path, self.flows)

    def summary(self, request: FlowRequest) -> FlowSummary:
        steps = np.diff(self.pts_seconds)
        return FlowSummary(
            source=request.source,
            method=request.method,
            device=request.device if request.method == "tvl1" else "cpu",
            num_pairs=len(self.pts_seconds),
            height=self._size[0],
            width=self._size[1],
            frame_rate_hz=round(float(1 / np.median(steps)), 3) if len(steps) and np.median(steps) > 0 else 25.0,
            pts_seconds=tuple(round(pts, 4) for pts in self.pts_seconds),
            mean_pixels=float(np.mean(self.mean_lengths)),
            full_colour_pixels=max(float(np.percentile(self.high_lengths, 90)), _LEAST_FULL_COLOUR_PIXELS),
            strongest_pair=int(np.argmax(self.mean_lengths)),
            ms_per_pair=1000 * self.measure_seconds / len(self.pts_seconds),
        )


def _groups(request: FlowRequest) -> Iterator[tuple[np.ndarray, list[float]]]:
    """Yield grey frames (N + 1, H, W), the last of which begins the next group, and the times of the first N."""
    frames: list[np.ndarray] = []
    times: list[float] = []
    with open_source(request.source) as reader:
        for frame in reader:
            pts_seconds = frame.pts_seconds if frame.pts_seconds is not None else (times[-1] if times else 0.0)
            if request.end_seconds is not None and pts_seconds > request.end_seconds:
                break
            frames.append(_grey(frame, request.short_side))
            times.append(pts_seconds)
            if len(frames) > GROUP_PAIRS:
                yield np.stack(frames), times[:-1]
                frames, times = frames[-1:], times[-1:]
    if len(frames) > 1:
        yield np.stack(frames), times[:-1]


def _grey(frame: DecodedFrame, short_side: int) -> np.ndarray:
    height, width = frame.size_for_short_side(short_side)
    return np.asarray(grey_frames(frame.to_rgb(height + height % 2, width + width % 2)[None])[0])
