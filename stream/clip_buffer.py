"""Frames in, overlapping clips out, sampled by time: the same for a live source and for a file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.predictor import ClipSpec
from stream.clip_sampler import ClipSampler, GridFrame, PlannedClip
from stream.errors import SourceRefused
from stream.frame_times import FrameTimes, TimedFrame
from stream.sources.frame import DecodedFrame

TOLERANCE_SECONDS = 1e-3
"""A frame this much before a point of the grid takes it at once, instead of waiting one frame for a nearer one:
containers round their timestamps to milliseconds."""
MAX_ASPECT_RATIO = 16
"""Longer side over shorter side beyond which a picture is refused: its resized frames would be huge."""


@dataclass(frozen=True, eq=False)
class PickedFrame:
    """A frame that at least one model wants, resized once for all of them."""

    frame_id: int
    """`epoch << 32 | running number of the frame in its epoch`."""
    pts_seconds: float
    captured_at: float
    rgb: np.ndarray
    """uint8 RGB, shape (H, W, 3), its shorter side the largest that any model asks for."""


@dataclass(frozen=True, eq=False)
class BufferOutput:
    """What one step of the buffer decided. Every frame of `clips` was picked in this output or an earlier one."""

    picked: tuple[PickedFrame, ...] = ()
    clips: tuple[PlannedClip, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Frames that no clip will use, by reason: not_sampled, damaged, no_pts, pts_not_rising."""


class ClipBuffer:
    """Samples the frames of one source on every model's grid and plans the clips.

    Point k of a model's grid lies `k / frame_rate_hz` after the first frame of the epoch, and the nearest frame
    takes it; so a clip runs at the right speed whatever rate the source declares or keeps. Only frames that still
    may be wanted are held: at most one, and the few without a pts.
    """

    def __init__(
        self, source_id: str, specs: Mapping[str, ClipSpec], *, epoch: int = 1, jump_seconds: float = 2.0
    ) -> None:
        if not specs:
            raise ValueError(f"source {source_id!r} needs at least one model to sample clips for, got none")
        self._source_id = source_id
        self._specs = dict(specs)
        self._short_side = max(spec.short_side for spec in self._specs.values())
        self._jump_seconds = jump_seconds
        self._size: tuple[int, int] | None = None
        self._latest: TimedFrame | None = None
        self._last_picked_id: int | None = None
        self._epoch = epoch
        self._num_frames = 0
        self._picked: list[PickedFrame] = []
        self._clips: list[PlannedClip] = []
        self._dropped: Counter[str] = Counter()
        self._begin_empty()

    @property
    def epoch(self) -> int:
        return self._epoch

    def discontinuity(self, frame: DecodedFrame) -> str | None:
        """Say why a frame cannot follow the one before it, or None when it can.

        When it cannot, call `start_epoch` before pushing it.
        """
        if frame.is_damaged:
            return None
        size = (frame.width, frame.height)
        if self._size is not None and self._size != size:
            return "the picture changed from {}x{} to {}x{}".format(*self._size, *size)
        last_pts = self._times.last_pts_seconds
        if frame.pts_seconds is None or last_pts is None:
            return None
        step = frame.pts_seconds - last_pts
        return f"the timestamps jumped by {step:+.3f} s" if abs(step) > self._jump_seconds else None

    def push(self, frame: DecodedFrame) -> BufferOutput:
        """Take the next decoded frame.

        Raises:
            ValueError: the frame does not continue the epoch (see `discontinuity`).
            SourceRefused: the picture is so long and thin that no clip can be made of it.
        """
        if reason := self.discontinuity(frame):
            raise ValueError(f"frame {self._num_frames} of epoch {self._epoch} needs a new epoch: {reason}")
        frame_id = self._epoch << 32 | self._num_frames
        self._num_frames += 1
        if frame.is_damaged:
            self._dropped["damaged"] += 1
        else:
            self._require_usable_shape(frame)
            self._size = (frame.width, frame.height)
            for timed in self._times.push(frame, frame_id):
                self._advance(timed)
        return self._take_output()

    def finish(self) -> BufferOutput:
        """End the source: decide what is still open; a source too short for one clip gives one that is padded."""
        self._close_epoch()
        self._clips += [clip for sampler in self._samplers if (clip := sampler.finish())]
        self._begin_empty()
        return self._take_output()

    def end_epoch(self) -> BufferOutput:
        """End the epoch at a discontinuity: decide what is still open, without a clip that is padded."""
        self._close_epoch()
        self._begin_empty()
        return self._take_output()

    def start_epoch(self, epoch: int) -> BufferOutput:
        """End the epoch as `end_epoch` does and begin another; no clip spans the two."""
        output = self.end_epoch()
        self._epoch = epoch
        self._num_frames = 0
        return output

    def _begin_empty(self) -> None:
        self._times = FrameTimes()
        self._samplers: list[ClipSampler] = []
        self._size = self._latest = self._last_picked_id = None

    def _require_usable_shape(self, frame: DecodedFrame) -> None:
        if max(frame.width, frame.height) > MAX_ASPECT_RATIO * min(frame.width, frame.height):
            raise SourceRefused(
                f"source {self._source_id!r}: a picture may be at most {MAX_ASPECT_RATIO} times as long as it is wide, "
                f"got {frame.width}x{frame.height}; crop or rescale the video"
            )

    def _advance(self, timed: TimedFrame) -> None:
        """Give the points up to the middle to the frame before, and those up to this frame to this one."""
        if self._latest is None:
            self._samplers = [
                ClipSampler(model, spec, epoch=self._epoch, origin_seconds=timed.pts_seconds)
                for model, spec in self._specs.items()
            ]
        else:
            self._fill(self._latest, until_seconds=(self._latest.pts_seconds + timed.pts_seconds) / 2)
            self._retire_latest()
        self._latest = timed
        self._fill(timed, until_seconds=timed.pts_seconds + TOLERANCE_SECONDS)

    def _close_epoch(self) -> None:
        """Decide the open points: the last frame lasts half an interval, as every frame does on either side."""
        for timed in self._times.finish():
            self._advance(timed)
        if self._latest is not None:
            self._fill(self._latest, until_seconds=self._latest.pts_seconds + self._times.interval_seconds / 2)
            self._retire_latest()
        self._clips += [clip for sampler in self._samplers for clip in sampler.end()]
        self._dropped.update(self._times.dropped)
        self._times.dropped.clear()

    def _fill(self, timed: TimedFrame, until_seconds: float) -> None:
        grid_frame = GridFrame(timed.frame_id, timed.pts_seconds, timed.frame.captured_at)
        for sampler in self._samplers:
            while sampler.next_point_seconds <= until_seconds:
                self._pick(timed)
                if clip := sampler.fill(grid_frame):
                    self._clips.append(clip)

    def _pick(self, timed: TimedFrame) -> None:
        """Resize the frame, unless an earlier point or another model had it resized already."""
        if self._last_picked_id == timed.frame_id:
            return
        self._last_picked_id = timed.frame_id
        height, width = timed.frame.size_for_short_side(self._short_side)
        rgb = timed.frame.to_rgb(height, width)
        self._picked.append(PickedFrame(timed.frame_id, timed.pts_seconds, timed.frame.captured_at, rgb))

    def _retire_latest(self) -> None:
        if self._latest is not None and self._last_picked_id != self._latest.frame_id:
            self._dropped["not_sampled"] += 1
        self._latest = None

    def _take_output(self) -> BufferOutput:
        self._dropped.update(self._times.dropped)
        self._times.dropped.clear()
        output = BufferOutput(tuple(self._picked), tuple(self._clips), dict(+self._dropped))
        self._picked, self._clips, self._dropped = [], [], Counter()
        return output
