"""What can go wrong in the world outside the program.

    StreamError
    ├── SourceRefused        the source is not what it claims to be, or is not allowed; trying again will not help
    ├── SourceLost           the source went away or fell silent; trying again may help
    ├── DecodeError          a frame or a file could not be decoded
    ├── BrokerUnavailable    the Redis or Valkey server does not answer
    ├── FramesGone           a chunk of frames has left the frame store
    ├── FrameStoreFull       the frame store has no room for a chunk of frames
    ├── LedgerUnavailable    the ledger of events and alerts cannot be written or read
    ├── WatcherSilent        the watcher did not answer a request
    └── ReceiverFailed       a receiver of alerts did not accept a delivery

Misuse by a caller is a built-in `ValueError` or `TypeError` instead.
"""


class StreamError(Exception):
    """The world outside failed; the message says what was required, what was found and what to do."""


class SourceRefused(StreamError):
    """The source is not what it claims to be, or is not allowed; trying again will not help."""


class SourceLost(StreamError):
    """The source went away or fell silent; trying again may help."""


class DecodeError(StreamError):
    """A frame or a file could not be decoded."""


class BrokerUnavailable(StreamError):
    """The Redis or Valkey server does not answer."""


class FramesGone(StreamError):
    """A chunk of frames has left the frame store."""


class FrameStoreFull(StreamError):
    """The frame store has no room for a chunk of frames."""


class LedgerUnavailable(StreamError):
    """The ledger of events and alerts cannot be written or read."""


class WatcherSilent(StreamError):
    """The watcher did not answer a request."""


class ReceiverFailed(StreamError):
    """A receiver of alerts did not accept a delivery."""

    def __init__(self, message: str, *, is_final: bool = False, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.is_final = is_final
        """True when no retry can help (the receiver is gone or refuses for ever)."""
        self.retry_after_seconds = retry_after_seconds
        """Pause that the receiver asks for."""
