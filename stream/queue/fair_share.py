"""Shares a worker's time between the streams it serves, so that under load each loses a like share of its clips."""

from collections.abc import Iterable
from dataclasses import dataclass

from stream.keys import RequestStream

MEMORY_CLIPS = 64
"""About how many clips of a stream the shares look back."""


@dataclass
class _Tally:
    given: float = 0.0
    offered: float = 0.0
    served_turn: int = 0

    @property
    def share(self) -> float:
        return self.given / self.offered if self.offered else 1.0


class FairShare:
    """Puts first the stream that lost most lately; among equals the one that was served longest ago."""

    def __init__(self) -> None:
        self._tallies: dict[RequestStream, _Tally] = {}
        self._turn = 0

    def order(self, streams: Iterable[RequestStream]) -> list[RequestStream]:
        """Return the streams in the order in which they should be served."""
        tallies = self._tallies
        return sorted(streams, key=lambda name: _rank(tallies.get(name, _Tally()), name))

    def record(self, stream: RequestStream, *, given: int, dropped: int) -> None:
        """Take in how many clips of a stream were given to the worker and how many were dropped undelivered."""
        tally = self._tallies.setdefault(stream, _Tally())
        tally.given += given
        tally.offered += given + dropped
        if tally.offered > MEMORY_CLIPS:
            tally.given, tally.offered = tally.given / 2, tally.offered / 2
        if given:
            self._turn += 1
            tally.served_turn = self._turn

    def keep_only(self, streams: Iterable[RequestStream]) -> None:
        """Forget streams that are another worker's now."""
        kept = set(streams)
        self._tallies = {stream: tally for stream, tally in self._tallies.items() if stream in kept}


def _rank(tally: _Tally, stream: RequestStream) -> tuple[float, int, RequestStream]:
    return tally.share, tally.served_turn, stream
