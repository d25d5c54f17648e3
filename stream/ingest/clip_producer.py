"""Turns the decoded frames of one source into chunks, clip requests and previews, epoch by epoch."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from stream.clip_buffer import BufferOutput, ClipBuffer
from stream.clip_sampler import PlannedClip
from stream.errors import BrokerUnavailable, FrameStoreFull
from stream.frames.store import FrameStore
from stream.ingest.chunk_writer import ChunkWriter
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.preview import PreviewMaker
from stream.messages import InferenceRequest
from stream.queue.account import Gap
from stream.source_registry import StoredSource
from stream.sources.frame import DecodedFrame

logger = logging.getLogger(__name__)

EPOCH_RETRY_SECONDS = 1.0
"""Pause between tries to begin an epoch while the bus is away."""


@dataclass(frozen=True)
class LastSeen:
    """Since when a source has not been monitored, and why."""

    at: float
    """Wall time of the last frame; where none ever came, of the start."""
    reason: str


class ClipProducer:
    """Takes every frame of a source in order; what comes of them goes to the frame store and to the callbacks.

    A discontinuity (`interrupt`, a jump of time, another resolution) begins a new epoch with the next frame, and
    leaves a gap record from the last frame before to the first after; so does a source that did not come at the first
    try, from the start of this process. No frame counts until the bus has given the
    epoch its number; frames that come meanwhile are dropped(bus_down).
    """

    def __init__(
        self,
        source: StoredSource,
        store: FrameStore,
        *,
        counts: FrameCounts,
        previews: PreviewMaker,
        start_epoch: Callable[[], int],
        send: Callable[[InferenceRequest], None],
        record_gap: Callable[[Gap], None],
        last_seen: LastSeen | None = None,
        jump_seconds: float = 2.0,
        frames_per_chunk: int = 8,
        deadline_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Make a producer.

        Args:
            start_epoch: gives the number of a new epoch; may raise BrokerUnavailable.
            last_seen: where an earlier process of this source ended, if there was one.
        """
        self._source_id = source.source_id
        self._store = store
        self._counts = counts
        self._previews = previews
        self._start_epoch = start_epoch
        self._send = send
        self._record_gap = record_gap
        self._last_seen = last_seen
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._buffer = ClipBuffer(source.source_id, source.models, epoch=0, jump_seconds=jump_seconds)
        self._writer = ChunkWriter(
            store, source.source_id, source.models, frames_per_chunk=frames_per_chunk, counts=counts
        )
        self._interruption: str | None = "the source was started"
        self._started_at = wall_clock()
        self._next_try = 0.0

    @property
    def epoch(self) -> int:
        """The epoch that goes on; 0 before the first."""
        return self._buffer.epoch

    def take(self, frame: DecodedFrame) -> None:
        """Take the next decoded frame."""
        self._show(frame)
        if self._interruption is None and (reason := self._buffer.discontinuity(frame)):
            self.interrupt(reason)
        if self._interruption is not None and not self._begin_epoch(frame):
            self._counts.drop({"bus_down": 1})
            return
        self._publish(self._buffer.push(frame))
        self._last_seen = LastSeen(frame.captured_at, "")

    def interrupt(self, reason: str) -> None:
        """End the epoch: the next frame does not follow the last one."""
        if self._interruption is None:
            self._publish(self._buffer.end_epoch())
            self._writer.flush()
            self._interruption = reason
        elif self._last_seen is None:
            self._last_seen = LastSeen(self._started_at, reason)

    def finish(self) -> None:
        """End the source: a source too short for one clip gives one that is padded."""
        if self._interruption is None:
            self._publish(self._buffer.finish())
            self.interrupt("the source ended")

    def _begin_epoch(self, frame: DecodedFrame) -> bool:
        """Begin an epoch with this frame, unless the bus is away."""
        if self._clock() < self._next_try:
            return False
        try:
            epoch = self._start_epoch()
        except BrokerUnavailable as error:
            logger.warning("frames are dropped until the server answers: source_id=%s: %s", self._source_id, error)
            self._next_try = self._clock() + EPOCH_RETRY_SECONDS
            return False
        self._publish(self._buffer.start_epoch(epoch))
        if self._last_seen is not None:
            reason = self._last_seen.reason or self._interruption or ""
            self._record_gap(Gap(self._source_id, epoch, self._last_seen.at, frame.captured_at, reason))
        self._interruption = None
        return True

    def _publish(self, output: BufferOutput) -> None:
        self._counts.drop(output.dropped)
        self._writer.write(output.picked)
        for clip in output.clips:
            self._send(self._request(clip))

    def _request(self, clip: PlannedClip) -> InferenceRequest:
        places = self._writer.place(clip.frame_ids)
        return InferenceRequest(
            source_id=self._source_id,
            model=clip.model,
            epoch=clip.epoch,
            clip_index=clip.clip_index,
            chunk_ids=places.chunk_ids,
            frame_refs=places.frame_refs,
            frame_ids=clip.frame_ids,
            pts_seconds=clip.pts_seconds,
            captured_at=clip.captured_at,
            produced_at=time.time(),
            deadline_at=clip.captured_at + self._deadline_seconds,
            first_point=clip.first_point,
            num_before=clip.num_before,
            num_after=clip.num_after,
            is_last=clip.is_last,
        )

    def _show(self, frame: DecodedFrame) -> None:
        """Put a preview of the frame into the store, unless the last one is recent; a preview may be missed."""
        try:
            if preview := self._previews.make(frame, epoch=self.epoch):
                self._store.put_preview(self._source_id, preview)
        except (FrameStoreFull, BrokerUnavailable) as error:
            logger.debug("no preview: source_id=%s: %s", self._source_id, error)
