"""The thread of an ingester that reads the source: opens it, plays it, and tries again for ever when it is lost."""

import logging
import threading
import time
from collections.abc import Callable

from stream.errors import SourceLost, SourceRefused
from stream.ingest.backoff import BackOff
from stream.ingest.clip_producer import ClipProducer
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.source_health import SourceHealth
from stream.sources.reader import FrameReader

logger = logging.getLogger(__name__)

REFUSED_RETRY_SECONDS = 30.0
"""Pause before a refused source is tried again: a missing file may appear."""
STEADY_SECONDS = 5.0
"""A source that was live this long has earned a quick reconnect again."""
PATIENCE_SECONDS = 20.0
"""Time beyond its own limits after which a reader that does not come back counts as hung."""


class SourceThread(threading.Thread):
    """Reads one source until `stop` is set or a file that is not looped has ended.

    It is a daemon: FFmpeg may hang where no signal reaches it, and the process must end all the same.
    """

    def __init__(
        self,
        open_reader: Callable[[], FrameReader],
        *,
        producer: ClipProducer,
        health: SourceHealth,
        counts: FrameCounts,
        back_off: BackOff,
        longest_silence_seconds: float,
        stop: threading.Event,
    ) -> None:
        """Make the thread.

        Args:
            open_reader: opens the source anew.
            longest_silence_seconds: the reader's own limit on opening or on waiting for a frame.
        """
        super().__init__(name="source", daemon=True)
        self._open_reader = open_reader
        self._producer = producer
        self._health = health
        self._counts = counts
        self._back_off = back_off
        self._patience_seconds = longest_silence_seconds + PATIENCE_SECONDS
        # Not `_stop`: threading.Thread has a method of that name.
        self._stop_event = stop

    def run(self) -> None:
        try:
            while not self._stop_event.is_set():
                pause_seconds = self._try_once()
                if pause_seconds is None:
                    break
                self._health.expect_within(pause_seconds + self._patience_seconds)
                self._stop_event.wait(pause_seconds)
        finally:
            self._producer.interrupt("the ingester was stopped")
            self._health.expect_within(float("inf"))

    def _try_once(self) -> float | None:
        """Open the source and play it; return how long to wait before the next try, None when it has ended."""
        try:
            self._health.expect_within(self._patience_seconds)
            with self._open_reader() as reader:
                self._health.opened(reader.media)
                self._play(reader)
            if reader.media.kind != "rtsp":
                self._end()
                return None
            self._lose("the camera ended the stream")
        except SourceRefused as error:
            self._producer.interrupt(str(error))
            self._health.refused(str(error))
            return REFUSED_RETRY_SECONDS
        except SourceLost as error:
            self._lose(str(error))
        except Exception as error:
            # A decoder fed with anything may raise anything; the source is tried again, the process lives.
            logger.exception("reading the source failed")
            self._lose(f"reading failed: {type(error).__name__}: {' '.join(str(error).split())}")
        return self._back_off.next_seconds()

    def _play(self, reader: FrameReader) -> None:
        started, num_counted = time.monotonic(), 0
        try:
            for frame in reader:
                self._health.expect_within(self._patience_seconds)
                self._producer.take(frame)
                self._health.frame_seen(frame, epoch=self._producer.epoch, is_slow=reader.is_slower_than_real_time)
                num_counted = self._count_skipped(reader, num_counted)
                if self._stop_event.is_set():
                    return
                if time.monotonic() - started > STEADY_SECONDS:
                    self._back_off.reset()
        finally:
            self._count_skipped(reader, num_counted)

    def _count_skipped(self, reader: FrameReader, num_counted: int) -> int:
        """Count what the reader left out beyond so many frames, because it had fallen behind; return how many now."""
        num_skipped = reader.num_skipped
        self._counts.drop({"behind": num_skipped - num_counted})
        return num_skipped

    def _end(self) -> None:
        """A file was played to its end, or we are to stop."""
        if not self._stop_event.is_set():
            self._producer.finish()
            self._health.ended()

    def _lose(self, reason: str) -> None:
        if not self._stop_event.is_set():
            self._producer.interrupt(reason)
            self._health.lost(reason)
