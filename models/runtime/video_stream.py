"""Videos that go on, pushed through a streaming network some frames at a time.

The logits of a video are the same however its frames are divided into pushes: those of the network run over the whole
video, zero-padded at its end to a multiple of 8 frames, as one long clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from models.runtime.ready import Caches, ReadyStep
from models.serving import FRAMES_PER_SLICE


@dataclass(frozen=True, eq=False)
class VideoState:
    """How far a video has come: a value that pushing leaves as it was, so that to save one is to keep it."""

    begin: int = 0
    """Place of the video's first frame: before `num_frames` where a video is taken up in its middle."""
    num_frames: int = 0
    """Place behind the last frame that the network has seen; a multiple of 8."""
    pending: np.ndarray | None = None
    """Frames pushed since, fewer than a step, float32, (C, T, H, W)."""
    caches: Caches = ()

    @property
    def num_pushed(self) -> int:
        """Place behind the last frame that was pushed."""
        return self.num_frames + (0 if self.pending is None else self.pending.shape[1])


@dataclass(frozen=True, eq=False)
class Slices:
    """Logits of consecutive slices of a video; slice k speaks of the frames from 8 k to 8 k + 16."""

    first: int
    """Place of the first one."""
    logits: np.ndarray
    """float32, (number of slices, num_classes)."""


class VideoStream:
    """Pushes frames of videos through one network; it knows no video itself.

    Args:
        step: The network, ready for steps of `frames_per_step`.
        frames_per_step: Frames that it takes at once, a multiple of 8: more of them cost less each.
        max_batch_size: Videos that it takes at once.
    """

    def __init__(self, step: ReadyStep, *, frames_per_step: int, max_batch_size: int = 1) -> None:
        if frames_per_step < 1 or frames_per_step % FRAMES_PER_SLICE:
            raise ValueError(f"frames_per_step must be a multiple of {FRAMES_PER_SLICE}, got {frames_per_step}")
        self._step = step
        self.first_slice = step.first_slice
        self.frames_per_step = frames_per_step
        self._max_batch_size = max_batch_size

    def push(self, states: Sequence[VideoState], frames: Sequence[np.ndarray]) -> list[tuple[Slices, VideoState]]:
        """Give each video its next frames.

        Args:
            states: Where the videos stand; a new video's is `VideoState()`.
            frames: For each of them (C, T, H, W), float32, any T of at least 1.

        Returns:
            For each the logits that became known, maybe none, and where it stands now.
        """
        videos = [_Video(_with_pending(*pair)) for pair in zip(states, frames, strict=True)]
        while ready := [video for video in videos if video.num_pending >= self.frames_per_step]:
            self._run(ready)
        return [(video.slices(video.state.begin), video.state) for video in videos]

    def finish(self, states: Sequence[VideoState]) -> list[Slices]:
        """End each video, and return the logits that were not known before, for want of frames to come."""
        videos = [_Video(state, end=_rounded_up(state.num_pushed)) for state in states]
        while open_videos := [video for video in videos if video.num_frames < self._num_frames_to_finish(video)]:
            for video in open_videos:
                video.pad(self.frames_per_step)
            self._run(open_videos)
        return [video.slices(video.state.begin) for video in videos]

    def _num_frames_to_finish(self, video: "_Video") -> int:
        """Return how many frames must have gone through before the last slice that ends with the video is known."""
        last_slice = max(video.end // FRAMES_PER_SLICE - 2, video.state.begin // FRAMES_PER_SLICE)
        return (last_slice - self.first_slice + 1) * FRAMES_PER_SLICE

    def _run(self, videos: "Sequence[_Video]") -> None:
        """Run one step of videos, together those that may be."""
        groups: dict[tuple[object, ...], list[_Video]] = {}
        for video in videos:
            is_open = bool(video.state.caches)
            groups.setdefault((video.picture_shape, self._is_near_edge(video), is_open), []).append(video)
        for (_, is_near_edge, _), group in groups.items():
            for start in range(0, len(group), self._max_batch_size):
                self._run_batch(group[start : start + self._max_batch_size], is_near_edge=bool(is_near_edge))

    def _run_batch(self, videos: "Sequence[_Video]", *, is_near_edge: bool) -> None:
        size = self.frames_per_step
        frames = torch.from_numpy(np.stack([video.next_frames(size) for video in videos]))
        extent = torch.tensor([video.extent for video in videos]) if is_near_edge else None
        logits, caches = self._step(frames, _joined([video.state.caches for video in videos]), extent)
        for index, video in enumerate(videos):
            own = caches if len(videos) == 1 else tuple(cache[index : index + 1].clone() for cache in caches)
            video.advance(size, own, self.first_slice, logits[index].numpy().T)

    def _is_near_edge(self, video: "_Video") -> bool:
        is_near_begin = video.num_frames - video.state.begin < self._step.num_frames_to_edge
        return is_near_begin or video.num_frames + self.frames_per_step > video.end


_NEVER = 2**30
"""An end that no video comes to, and that fits into 32 bits."""


class _Video:
    """One video during a push."""

    def __init__(self, state: VideoState, end: int = _NEVER) -> None:
        self.state = state
        self.end = end
        self._found: list[np.ndarray] = []
        self._first: int | None = None

    @property
    def num_frames(self) -> int:
        return self.state.num_frames

    @property
    def num_pending(self) -> int:
        return self.state.num_pushed - self.state.num_frames

    @property
    def picture_shape(self) -> tuple[int, ...]:
        pending = self.state.pending
        return () if pending is None else (pending.shape[0], *pending.shape[2:])

    @property
    def extent(self) -> tuple[int, int]:
        """Begin and end of the video, relative to the next frame."""
        return self.state.begin - self.num_frames, self.end - self.num_frames

    def next_frames(self, num_frames: int) -> np.ndarray:
        if self.state.pending is None:
            raise ValueError("a video without frames has none to give")
        return self.state.pending[:, :num_frames]

    def pad(self, num_frames: int) -> None:
        """Put zeros behind the frames, so that there are so many."""
        pending = self.state.pending
        if pending is None:
            raise ValueError("a video must have had at least one frame before it ends")
        zeros = np.zeros((pending.shape[0], max(0, num_frames - pending.shape[1]), *pending.shape[2:]), np.float32)
        self.state = replace(self.state, pending=np.concatenate([pending, zeros], 1))

    def advance(self, num_frames: int, caches: Caches, first_slice: int, logits: np.ndarray) -> None:
        """Take in what a step said, (T / 8, num_classes)."""
        if self._first is None:
            self._first = self.num_frames // FRAMES_PER_SLICE + first_slice
        self._found.append(logits)
        pending = None if self.state.pending is None else self.state.pending[:, num_frames:].copy()
        self.state = VideoState(self.state.begin, self.num_frames + num_frames, pending, caches)

    def slices(self, begin: int) -> Slices:
        """Return the logits found that lie within the video."""
        first = self._first if self._first is not None else 0
        logits = np.concatenate(self._found) if self._found else np.zeros((0, 0), np.float32)
        num_before = min(max(0, begin // FRAMES_PER_SLICE - first), len(logits))
        last = max(self.end // FRAMES_PER_SLICE - 1, begin // FRAMES_PER_SLICE + 1)
        return Slices(first + num_before, logits[num_before : max(0, last - first)])


def _with_pending(state: VideoState, frames: np.ndarray) -> VideoState:
    if state.pending is None or not state.pending.shape[1]:
        return replace(state, pending=frames)
    return replace(state, pending=np.concatenate([state.pending, frames], 1))


def _rounded_up(num_frames: int) -> int:
    return -(-num_frames // FRAMES_PER_SLICE) * FRAMES_PER_SLICE


def _joined(caches: Sequence[Caches]) -> Caches:
    return caches[0] if len(caches) == 1 else tuple(torch.cat(parts) for parts in zip(*caches, strict=True))
