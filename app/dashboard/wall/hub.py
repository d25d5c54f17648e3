"""One reader of previews and statuses a process, however many viewers watch."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from anyio import CapacityLimiter, to_thread

from app.dashboard.client import DashboardClient
from app.dashboard.wall.tiles import Tile, make_tiles
from stream.errors import StreamError
from stream.frames.store import FrameStore, Preview

logger = logging.getLogger(__name__)

READ_INTERVAL_SECONDS = 0.08
WORDS_INTERVAL_SECONDS = 0.25
"""How often what stands beside the pictures is made anew."""


@dataclass(frozen=True, eq=False)
class WallState:
    """Everything the wall shows at one moment."""

    tiles: tuple[Tile, ...] = ()
    previews: dict[str, Preview] = field(default_factory=dict)
    """The newest picture of each source."""
    stale_since: float | None = None


class WallHub:
    """Reads what the wall shows while somebody looks, and wakes the viewers when it changed."""

    def __init__(self, client: DashboardClient, frame_store: FrameStore) -> None:
        self._client = client
        self._frame_store = frame_store
        self._limiter = CapacityLimiter(1)
        self._changed = asyncio.Event()
        self._watched = asyncio.Event()
        self._num_viewers = 0
        self._words_at = -math.inf
        self._tiles: tuple[Tile, ...] = ()
        self._stale_since: float | None = None
        self.state = WallState()

    @property
    def num_viewers(self) -> int:
        return self._num_viewers

    async def run(self) -> None:
        """Read again and again until cancelled; rests while nobody looks."""
        while True:
            await self._watched.wait()
            try:
                self.state = await to_thread.run_sync(self._read, limiter=self._limiter)
            except Exception:  # one bad message must not blind the whole wall
                logger.exception("could not read what the wall shows")
            self._changed.set()
            self._changed = asyncio.Event()
            await asyncio.sleep(READ_INTERVAL_SECONDS)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Count a viewer for as long as it looks."""
        self._num_viewers += 1
        self._watched.set()
        try:
            yield
        finally:
            self._num_viewers -= 1
            if self._num_viewers == 0:
                self._watched.clear()

    async def changed(self, timeout_seconds: float) -> None:
        """Return after the next reading, or when none came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):  # wait_for of Python 3.11 may swallow a cancellation
                await self._changed.wait()

    def _read(self) -> WallState:
        if time.monotonic() - self._words_at >= WORDS_INTERVAL_SECONDS:
            self._words_at = time.monotonic()
            self._tiles, self._stale_since = self._read_words()
        previews = self._read_previews(tile.source_id for tile in self._tiles)
        return WallState(self._tiles, previews, self._stale_since)

    def _read_words(self) -> tuple[tuple[Tile, ...], float | None]:
        sources, results = self._client.sources.get(), self._client.results.get()
        alerts = self._client.alerts.get().value
        tiles = make_tiles(sources.value, results.value.by_source, alerts, now=time.time(), is_stale=sources.is_stale)
        return tiles, sources.stale_since or results.stale_since

    def _read_previews(self, source_ids: Iterable[str]) -> dict[str, Preview]:
        previews = {}
        for source_id in source_ids:
            try:
                preview = self._frame_store.latest_preview(source_id)
            except (StreamError, OSError) as error:
                logger.debug("no preview: source_id=%s reason=%s", source_id, error)
                continue
            if preview is not None:
                previews[source_id] = preview
        return previews
