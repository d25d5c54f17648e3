"""The process of one source: `python -m stream.ingester SOURCE_ID`.

One thread reads and decodes (`source_thread.py`), this one talks with the bus: it sends the clips, reports state
and account every second, watches the reading thread, and ends when the source is removed or changed. So a decoder
that hangs is still reported, and a bus that is away does not hold up the camera.

The environment says where everything is, so that no address or password stands on a command line:
VIGIL_BUS_URL, VIGIL_FRAMES_URL, VIGIL_INGEST_SETTINGS (JSON of `IngesterSettings`), VIGIL_PARENT (process id to
end with), VIGIL_JOURNAL (optional file, see `journal.py`).
"""

import logging
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import cv2
from pydantic import Field, ValidationError

from stream.bus import Bus
from stream.child_process import end_with_supervisor, harden
from stream.errors import BrokerUnavailable
from stream.frames.address import open_frame_store
from stream.frames.store import FrameStore
from stream.ingest.backoff import BackOff
from stream.ingest.bus_link import BusLink
from stream.ingest.clip_producer import ClipProducer
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.journal import Journal
from stream.ingest.preview import PreviewMaker
from stream.ingest.source_health import SourceHealth
from stream.ingest.source_thread import SourceThread
from stream.logs import configure_logging
from stream.messages import InferenceRequest
from stream.settings import IngestSettings
from stream.source_registry import SourceRegistry, StoredSource
from stream.sources.opening import open_source
from stream.sources.reader import FrameReader

logger = logging.getLogger(__name__)

EXIT_WRONG_USE, EXIT_HUNG = 2, 70
READ_TIMEOUT_SECONDS = 5.0
"""Silence of a camera after which it is connected anew."""
REPORT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 0.2
"""How late a stop signal or a stall may be noticed."""
OUTAGE_PAUSE_SECONDS = 0.5
"""Pause between tries while the bus is away."""
STOP_SECONDS = 1.5
"""How long the reading thread may take to end; it may hang in a decoder."""


class IngesterSettings(IngestSettings):
    """What an ingester needs of the settings of all parts."""

    frames_per_chunk: int = Field(8, ge=1, le=64)
    retention_seconds: float = Field(60.0, gt=0)
    deadline_seconds: float = Field(10.0, gt=0)
    max_backlog_clips: int = Field(8, ge=1)


class Ingester:
    """Runs one source until it is stopped, removed or changed."""

    def __init__(
        self,
        source: StoredSource,
        *,
        bus: Bus,
        store: FrameStore,
        settings: IngesterSettings,
        stop: threading.Event,
        journal: Journal | None = None,
    ) -> None:
        """Make the parts; `run` starts them.

        Raises:
            BrokerUnavailable: the server does not answer.
        """
        self._source = source
        self._store = store
        self._settings = settings
        self._stop = stop
        self._wake = threading.Event()
        self._next_report = 0.0
        self._counts = FrameCounts()
        self._previews = PreviewMaker(
            privacy=source.privacy, rate_hz=settings.preview_rate_hz, height=settings.preview_height
        )
        self._health = SourceHealth(
            source.source_id,
            stall_after_seconds=settings.stall_after_seconds,
            models=source.models,
            on_change=self._report_soon,
        )
        self._link = BusLink(
            source, bus, counts=self._counts, max_backlog_clips=settings.max_backlog_clips, journal=journal
        )
        self._thread = self._source_thread()

    def run(self) -> int:
        """Run until stopped, and return the exit code."""
        self._thread.start()
        while not self._stop.is_set() and self._link.is_source_current:
            self._wake.wait(LONGEST_WAIT_SECONDS)
            self._wake.clear()
            self._health.check()
            if self._health.is_hung or self._has_died():
                return self._give_up()
            if not self._talk():
                self._next_report = 0.0
                self._stop.wait(OUTAGE_PAUSE_SECONDS)
        return self._end()

    def _talk(self) -> bool:
        """Send what waits, and report when it is time; return whether the bus answered."""
        now = time.monotonic()
        if now < self._next_report:
            return self._link.talk(None)
        self._next_report = now + REPORT_SECONDS
        self._store.prune(self._source.source_id, self._settings.retention_seconds)
        return self._link.talk(self._health.status(self._previews.hints))

    def _report_soon(self) -> None:
        self._next_report = 0.0
        self._wake.set()

    def _has_died(self) -> bool:
        return not self._thread.is_alive() and self._health.state != "ended" and not self._stop.is_set()

    def _give_up(self) -> int:
        """The reading thread died, or hangs where no exception can reach it: let the supervisor start us anew."""
        what = "died" if self._has_died() else "hung"
        logger.error("reading source %s %s; ending the process", self._source.source_id, what)
        self._health.lost(f"the decoder {what} and is started anew")
        self._link.talk(self._health.status())
        return EXIT_HUNG

    def _end(self) -> int:
        """Let the reading thread end, say the rest, and tidy up after a source that was removed."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)
        if self._link.end():
            self._store.remove_source(self._source.source_id)
        logger.info("ended: source_id=%s", self._source.source_id)
        return 0

    def _source_thread(self) -> SourceThread:
        settings = self._settings
        producer = ClipProducer(
            self._source,
            self._store,
            counts=self._counts,
            previews=self._previews,
            start_epoch=self._link.start_epoch,
            send=self._send,
            record_gap=self._link.record_gap,
            last_seen=self._link.last_seen(),
            jump_seconds=settings.jump_seconds,
            frames_per_chunk=settings.frames_per_chunk,
            deadline_seconds=settings.deadline_seconds,
        )
        back_off = BackOff(settings.reconnect_min_seconds, settings.reconnect_max_seconds, random=random.Random())
        return SourceThread(
            self._open_reader,
            producer=producer,
            health=self._health,
            counts=self._counts,
            back_off=back_off,
            longest_silence_seconds=max(settings.open_timeout_seconds, READ_TIMEOUT_SECONDS),
            stop=self._stop,
        )

    def _open_reader(self) -> FrameReader:
        return open_source(
            self._source.url,
            loop=self._source.loop,
            is_live=True,
            open_timeout_seconds=self._settings.open_timeout_seconds,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
            max_pixels=self._settings.max_pixels,
        )

    def _send(self, request: InferenceRequest) -> None:
        self._link.send(request)
        self._wake.set()


def main() -> int:
    """Run the ingester that the environment and the command line describe."""
    end_with_supervisor()
    if len(sys.argv) != 2:
        return _refuse("usage: python -m stream.ingester SOURCE_ID")
    source_id = sys.argv[1]
    configure_logging(f"ingester-{source_id}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = IngesterSettings.model_validate_json(os.environ.get("VIGIL_INGEST_SETTINGS") or "{}")
        harden(memory_limit_mib=settings.memory_limit_mib)
        cv2.setNumThreads(1)
        return _run(source_id, settings, stop)
    except KeyError as error:
        return _refuse(f"the environment variable {error} is required; `vigil up` and `vigil ingest` set it")
    except (ValidationError, ValueError) as error:
        return _refuse(" ".join(str(error).split()))


def _run(source_id: str, settings: IngesterSettings, stop: threading.Event) -> int:
    bus = Bus.connect(os.environ["VIGIL_BUS_URL"])
    store = open_frame_store(os.environ["VIGIL_FRAMES_URL"], retention_seconds=settings.retention_seconds)
    journal = Journal(Path(os.environ["VIGIL_JOURNAL"])) if os.environ.get("VIGIL_JOURNAL") else None
    is_waiting = False
    while not stop.is_set():
        try:
            bus.wait_until_ready(OUTAGE_PAUSE_SECONDS, stop)
            source = SourceRegistry(bus).get(source_id)
            if source is None:
                logger.info("source %s is not in the registry; nothing to do", source_id)
                return 0
            ingester = Ingester(source, bus=bus, store=store, settings=settings, stop=stop, journal=journal)
        except BrokerUnavailable as error:
            if not is_waiting:
                logger.warning("waiting for the server: %s", error)
            is_waiting = True
        else:
            return ingester.run()
    return 0


def _refuse(message: str) -> int:
    sys.stderr.write(message + "\n")
    return EXIT_WRONG_USE


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    # Not sys.exit: a thread that hangs in a decoder would be waited for.
    os._exit(exit_code)
