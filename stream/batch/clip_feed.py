"""Clips of one video, decoded and prepared in a thread ahead of the device."""

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.predictor import Predictor, Prepared
from models.samples import Passage
from stream.batch.decoder import Decoder
from stream.batch.frame_window import FrameWindow
from stream.batch.wire import DecoderMessage, Ended, Opened, Step
from stream.clip_sampler import PlannedClip
from stream.closing import Closing


class PredictionFailed(Exception):
    """A model failed on a clip, by itself and not only in a batch."""


@dataclass(frozen=True, eq=False)
class PreparedClip:
    """A clip that only waits for the device."""

    planned: PlannedClip
    prepared: Prepared


FeedItem = Opened | PreparedClip | Ended


class ClipFeed(Closing):
    """Runs decoder and preparation in a thread, at most `depth` items ahead of whoever iterates.

    Iterating raises in the caller's thread what went wrong in the feed's.
    """

    def __init__(self, decoder: Decoder, predictors: Mapping[str, Predictor], *, depth: int) -> None:
        self._decoder = decoder
        self._predictors = predictors
        self._window = FrameWindow(decoder.name, predictors)
        self._items: queue.Queue[FeedItem | BaseException] = queue.Queue(maxsize=depth)
        self._is_closed = threading.Event()
        self.prepare_seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="clip feed", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[FeedItem]:
        while True:
            item = self._items.get()
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Ended):
                return

    def close(self) -> None:
        """Stop decoding, however far it is."""
        self._is_closed.set()
        self._decoder.kill()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(timeout=0.05)
        self._decoder.close()

    def _run(self) -> None:
        try:
            for message in self._decoder:
                for item in self._items_of(message):
                    self._items.put(item)
                    if self._is_closed.is_set():
                        return
        except BaseException as error:  # handed to the iterating thread, which raises it
            self._items.put(error)

    def _items_of(self, message: DecoderMessage) -> Iterator[FeedItem]:
        if isinstance(message, Opened | Ended):
            yield message
        if not isinstance(message, Step):
            return
        for frame in message.frames:
            self._window.add(frame)
        for planned in message.clips:
            yield self._prepare(planned)

    def _prepare(self, planned: PlannedClip) -> PreparedClip:
        started = time.monotonic()
        predictor = self._predictors[planned.model]
        is_streamed = predictor.accepts is Passage
        sample = self._window.passage(planned) if is_streamed else self._window.assemble(planned)
        try:
            prepared = predictor.prepare(sample)
        except Exception as error:
            start = planned.clip_pts_seconds[0]
            raise PredictionFailed(f"{planned.model} cannot use the clip at {start:.3f} s: {error}") from error
        self.prepare_seconds += time.monotonic() - started
        return PreparedClip(planned, prepared)

    def _drain(self) -> None:
        while True:
            try:
                self._items.get_nowait()
            except queue.Empty:
                return
