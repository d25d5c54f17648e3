"""Writes the optical flow of a video: as numbers, as grey components, and as a film in colours."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from models.flow.dis import grey_frames
from models.flow.methods import FlowMeasure
from models.flow.pictures import colour_flow, colour_key, grey_component
from stream.errors import StreamError
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source
from stream.video_writer import VideoWriter

GROUP_PAIRS = 8
"""Pairs measured together."""
KEY_SIZE = 48
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


def export_flow(
    request: FlowRequest, measure: FlowMeasure, out: Path, *, on_pair: Callable[[], None] = lambda: None
) -> FlowSummary:
    """Write OUT/NAME_flow.npy, NAME_flow.mp4, NAME_flow.png, NAME_u.png, NAME_v.png and NAME_flow.json.

    The numbers are float16, (T, H, W, 2). The film shows each frame beside its flow. Memory does not grow with the
    length of the video; what is unfinished appears under no name.

    Args:
        measure: From `flow_measure`, by the request's method and on its device.
        on_pair: Is told of every pair.

    Raises:
        StreamError: the source cannot be read, is shorter than two frames, or an output cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    stem = Path(request.source).stem
    with TemporaryDirectory(dir=out, prefix=f".{stem}-") as name:
        recording = _measure_all(request, measure, Path(name), on_pair)
        summary = recording.summary(request)
        pictures = Path(name)
        _write_film(recording, summary, pictures / f"{stem}_flow.mp4")
        _write_pictures(recording, summary, pictures, stem)
        (pictures / f"{stem}_flow.json").write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
        recording.save_flows(pictures / f"{stem}_flow.npy")
        if request.writes_components:
            _write_components(recording, out / f"{stem}_components")
        for path in sorted(pictures.glob(f"{stem}_*")):
            path.replace(out / path.name)
    return summary


class _Recording:
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


def _measure_all(request: FlowRequest, measure: FlowMeasure, folder: Path, on_pair: Callable[[], None]) -> _Recording:
    recording: _Recording | None = None
    for frames, pts_seconds in _groups(request):
        recording = recording or _Recording(folder, (frames.shape[1], frames.shape[2]))
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


def _write_film(recording: _Recording, summary: FlowSummary, path: Path) -> None:
    height, width = summary.height, 2 * summary.width
    with VideoWriter(path, width=width, height=height, frame_rate_hz=summary.frame_rate_hz) as writer:
        for frame, flow in zip(recording.frames, recording.flows, strict=True):
            writer.write(_sheet(frame, flow, summary.full_colour_pixels))


def _sheet(frame: np.ndarray, flow: np.ndarray, most_pixels: float) -> np.ndarray:
    """Return a frame beside its flow in colours, with the key in the corner, (H, 2 W, 3), uint8 RGB."""
    colours = colour_flow(flow.astype(np.float32), most_pixels=most_pixels)
    key = colour_key(KEY_SIZE)
    if min(colours.shape[:2]) > 2 * KEY_SIZE:
        colours[-KEY_SIZE:, -KEY_SIZE:] = key
    return np.concatenate((cv2.cvtColor(np.asarray(frame), cv2.COLOR_GRAY2RGB), colours), axis=1)


def _write_pictures(recording: _Recording, summary: FlowSummary, folder: Path, stem: str) -> None:
    frame, flow = recording.frames[summary.strongest_pair], recording.flows[summary.strongest_pair]
    sheet = _sheet(frame, flow, summary.full_colour_pixels)
    _save(folder / f"{stem}_flow.png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    for axis, letter in enumerate("uv"):
        _save(folder / f"{stem}_{letter}.png", grey_component(flow[..., axis].astype(np.float32)))


def _write_components(recording: _Recording, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for index, flow in enumerate(recording.flows):
        for axis, letter in enumerate("uv"):
            _save(folder / f"{letter}_{index:05d}.png", grey_component(flow[..., axis].astype(np.float32)))


def _save(path: Path, picture: np.ndarray) -> None:
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
