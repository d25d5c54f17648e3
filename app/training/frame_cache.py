"""Decodes the videos of a data set once, to the frames that a model would see live, and keeps them on disk."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.datasets.labelled_video import LabelledVideo
from models.datasets.problems import Problems
from models.predictor import ClipSpec
from models.whole_file import whole_file
from stream.clip_buffer import BufferOutput, ClipBuffer
from stream.errors import StreamError
from stream.sources.opening import open_source


@dataclass(frozen=True, eq=False)
class CachedVideo:
    """A video and its frames at the model's rate and size."""

    video: LabelledVideo
    frames: np.ndarray
    """uint8 RGB, (N, H, W, 3), on disk."""


def cache_frames(
    videos: Sequence[LabelledVideo],
    folder: Path,
    spec: ClipSpec,
    *,
    num_threads: int,
    on_progress: Callable[[int, int], None],
) -> list[CachedVideo]:
    """Return the frames of every video, in the same order; those that the folder holds already are not decoded again.

    The frames are those that the clip buffer would pick, so a model is trained on what it will be served.

    Raises:
        ValueError: videos cannot be decoded; one line each, with the line of the data set that names it.
        OSError: the disk is full; what was decoded stays, and the next run goes on from there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    problems = Problems()
    by_path = {str(video.path): video for video in videos}
    with ThreadPoolExecutor(num_threads) as threads:
        jobs = {threads.submit(_cache, video.path, folder, spec): video for video in by_path.values()}
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                if isinstance(error := job.exception(), StreamError):
                    problems.add(jobs[job].origin, str(error))
                elif error:
                    raise error
                on_progress(done, len(jobs))
        finally:
            threads.shutdown(cancel_futures=True)
    problems.raise_if_any()
    return [CachedVideo(video, np.load(_place(video.path, folder, spec), mmap_mode="r")) for video in videos]


def decode_frames(path: Path, spec: ClipSpec) -> Iterator[np.ndarray]:
    """Yield the frames on the model's grid of time, uint8 RGB (H, W, 3).

    Raises:
        StreamError: the video cannot be opened or decoded, or changes its size or its clock in between.
    """
    grid = ClipSpec(1, spec.frame_rate_hz, 1 / spec.frame_rate_hz, spec.short_side)
    buffer = ClipBuffer(str(path), {"grid": grid})
    pixels: dict[int, np.ndarray] = {}
    with open_source(str(path)) as reader:
        for frame in reader:
            if reason := buffer.discontinuity(frame):
                raise StreamError(f"{path}: one recording is required, but {reason}; cut it there")
            yield from _on_grid(buffer.push(frame), pixels)
        yield from _on_grid(buffer.finish(), pixels)


def _on_grid(output: BufferOutput, pixels: dict[int, np.ndarray]) -> Iterator[np.ndarray]:
    pixels |= {picked.frame_id: picked.rgb for picked in output.picked}
    for clip in output.clips:
        yield pixels[clip.frame_ids[0]]
        for stale in [frame_id for frame_id in pixels if frame_id < clip.frame_ids[0]]:
            del pixels[stale]


def _cache(path: Path, folder: Path, spec: ClipSpec) -> None:
    place = _place(path, folder, spec)
    if place.exists():
        return
    try:
        with whole_file(place) as draft, draft.open("wb") as file:
            _write_frames(file, decode_frames(path, spec), path)
    except OSError as error:
        advice = "what was decoded stays, the same command goes on from there"
        raise OSError(error.errno, f"{error.strerror}; {advice}", str(folder)) from error


def _write_frames(file: BinaryIO, frames: Iterator[np.ndarray], path: Path) -> None:
    """Write an array of a length that is known only at its end: its heading, which has room to spare, is set last."""
    first = next(frames, None)
    if first is None:
        raise StreamError(f"{path}: at least one frame is required, found none")
    _write_heading(file, 0, first)
    num_frames = 0
    for num_frames, frame in enumerate(chain([first], frames), start=1):  # noqa: B007
        file.write(frame.tobytes())
    file.seek(0)
    _write_heading(file, num_frames, first)


def _write_heading(file: BinaryIO, num_frames: int, frame: np.ndarray) -> None:
    heading = {"shape": (num_frames, *frame.shape), "fortran_order": False, "descr": "|u1"}
    np.lib.format.write_array_header_1_0(file, heading)


def _place(path: Path, folder: Path, spec: ClipSpec) -> Path:
    """Return where the frames of a video lie; another rate or size, or a changed file, lies elsewhere."""
    state = path.stat()
    key = f"{path.resolve()}/{state.st_size}/{state.st_mtime_ns}/{spec.frame_rate_hz}/{spec.short_side}"
    return folder / f"{path.stem[:40]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
