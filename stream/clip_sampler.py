"""Plans the overlapping clips of one model from frames picked on an even grid of time."""

from collections import deque
from dataclasses import dataclass

from models.predictor import ClipSpec


@dataclass(frozen=True)
class PlannedClip:
    """One clip for one model: which frames make it, by identity, without pixels."""

    model: str
    epoch: int
    clip_index: int
    """Place of the clip in its epoch and model, from 0, without holes."""
    frame_ids: tuple[int, ...]
    """One a frame of the clip; a held or padded frame repeats its identity."""
    pts_seconds: tuple[float, ...]
    """Media time of each frame, never falling."""
    captured_at: float
    """Wall time at which the last frame was captured."""
    num_padded: int
    """Frames at the end that repeat the last one, because the source ended."""
    start_seconds: float
    """Media time of the clip's first point on the grid."""
    end_seconds: float
    """Media time of the end of the clip's last point that is not padded."""
    first_point: int = 0
    """Place on the grid of the first of the frames; with frames around it, the clip itself begins later."""
    num_before: int = 0
    """Frames at the beginning that come before the clip: a streaming model may need them."""
    num_after: int = 0
    """Frames at the end that come after the clip."""
    is_last: bool = False
    """Whether the epoch ended with the last frame, before all frames came that a streaming model asks for."""

    @property
    def clip_pts_seconds(self) -> tuple[float, ...]:
        """Media time of the clip's own frames."""
        return self.pts_seconds[self.num_before : len(self.pts_seconds) - self.num_after]


@dataclass(frozen=True)
class GridFrame:
    """The frame that stands at one point of the grid."""

    frame_id: int
    pts_seconds: float
    captured_at: float


class ClipSampler:
    """The grid of one model in one epoch: point k lies at `origin_seconds + k / frame_rate_hz`.

    Clips start every `stride_frames` points and are `num_frames` points long. A clip for a streaming model is planned
    once the frames after it have come, and takes the frames before it along.
    """

    def __init__(self, model: str, spec: ClipSpec, *, epoch: int, origin_seconds: float) -> None:
        self._model = model
        self._spec = spec
        self._epoch = epoch
        self._origin_seconds = origin_seconds
        self._num_points = 0
        self._num_clips = 0
        self._recent: deque[GridFrame] = deque(maxlen=spec.span_frames)

    @property
    def next_point_seconds(self) -> float:
        """Media time of the first point that has no frame yet."""
        return self._point_seconds(self._num_points)

    def fill(self, frame: GridFrame) -> PlannedClip | None:
        """Put a frame at the next point; return the clip that this completes, if any."""
        self._recent.append(frame)
        self._num_points += 1
        first_point = self._num_points - self._spec.num_frames - self._spec.lookahead_frames
        if first_point < 0 or first_point % self._spec.stride_frames:
            return None
        return self._plan(num_padded=0)

    def end(self) -> list[PlannedClip]:
        """End the epoch: return the clips that waited for frames after them."""
        clips = []
        while self._next_start + self._spec.num_frames <= self._num_points:
            clips.append(self._plan(num_padded=0, is_last=True))
        return clips

    def finish(self) -> PlannedClip | None:
        """Return one clip when the epoch, which has ended, was too short for any, else None.

        It is padded with the last frame; for a streaming model it is short.
        """
        if self._num_clips or not self._num_points:
            return None
        if self._spec.is_streamed:
            return self._plan(num_padded=0, is_last=True)
        num_padded = self._spec.num_frames - self._num_points
        self._recent.extend([self._recent[-1]] * num_padded)
        return self._plan(num_padded=num_padded)

    @property
    def _next_start(self) -> int:
        """Place on the grid where the next clip to be planned begins."""
        return self._num_clips * self._spec.stride_frames

    def _plan(self, *, num_padded: int, is_last: bool = False) -> PlannedClip:
        start = self._next_start
        num_before = min(start, self._spec.context_frames)
        stop = min(start + self._spec.num_frames, self._num_points + num_padded)
        num_after = self._num_points + num_padded - stop
        frames = tuple(self._recent)[-(num_before + stop - start + num_after) :]
        clip = PlannedClip(
            model=self._model,
            epoch=self._epoch,
            clip_index=self._num_clips,
            frame_ids=tuple(frame.frame_id for frame in frames),
            pts_seconds=tuple(frame.pts_seconds for frame in frames),
            captured_at=frames[-1].captured_at,
            num_padded=num_padded,
            start_seconds=self._point_seconds(start),
            end_seconds=self._point_seconds(stop - num_padded),
            first_point=start - num_before,
            num_before=num_before,
            num_after=num_after,
            is_last=is_last,
        )
        self._num_clips += 1
        return clip

    def _point_seconds(self, point: int) -> float:
        return self._origin_seconds + point / self._spec.frame_rate_hz
