"""A video as the batch run sees it: read by a child process that may crash without harm."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import IO

from stream.batch.wire import DecodeOrder, DecoderMessage, Ended, Opened, Refused, read_message
from stream.closing import Closing
from stream.errors import DecodeError, SourceLost, SourceRefused
from stream.sources.url import redact_url

SILENCE_SECONDS = 60.0
"""A decoder that says nothing for so long hangs; it speaks every second when it works."""
PIPE_BYTES = 2**20
"""Room in the pipe: about three frames ahead; Linux allows every user this much."""


class Decoder(Closing):
    """One decoder child; iterate it for its messages, close it when done.

    The pipe between the two is small, so a child that runs ahead waits: memory stays bounded however long the
    video is. Make it in a thread that lives as long as it: the kernel ends the child with that thread.
    """

    def __init__(self, order: DecodeOrder, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.name = redact_url(order.location)
        """What the video is called in messages: its path or address, without a password."""
        self._silence_seconds = silence_seconds
        self._child = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "stream.batch.decode_child",
                str(os.getpid()),
            ],  # -P: never import from the current folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the batch run, which then ends its children
        )
        stdin, self._stdout = _pipes(self._child)
        fcntl.fcntl(self._stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        # The order travels through stdin: an address may hold a password, and command lines are public.
        # A child that dies before it reads is noticed where its answer is awaited.
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(order.encode())

    @property
    def process_id(self) -> int:
        return self._child.pid

    def __iter__(self) -> Iterator[DecoderMessage]:
        """Yield Opened, then Steps, then Ended.

        Raises:
            SourceRefused: the source is missing, not what it claims to be, or not allowed.
            SourceLost: a camera went away.
            DecodeError: the decoder crashed or hangs.
        """
        is_open = False
        while True:
            message = self._next(is_open)
            if isinstance(message, Refused):
                raise (SourceLost if message.is_lost else SourceRefused)(message.reason)
            yield message
            if isinstance(message, Ended):
                return
            is_open = is_open or isinstance(message, Opened)

    def kill(self) -> None:
        """End the child, whatever it does; whoever iterates in another thread gets a DecodeError."""
        self._child.kill()
        self._child.wait()

    def close(self) -> None:
        """End the child and give its pipe back; nobody may be iterating."""
        self.kill()
        self._stdout.close()

    def _next(self, is_open: bool) -> DecoderMessage:
        try:
            return read_message(self._stdout.fileno(), timeout_seconds=self._silence_seconds)
        except EOFError:
            doing = "reading it" if is_open else "opening it"
            raise DecodeError(f"{self.name}: the decoder died while {doing} ({self._how_it_died()})") from None
        except TimeoutError:
            raise DecodeError(
                f"{self.name}: the decoder gave nothing for {self._silence_seconds:.0f} s and was ended"
            ) from None

    def _how_it_died(self) -> str:
        code = self._child.wait()
        if code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"


def decoders_ahead(orders: Iterable[DecodeOrder]) -> Generator[Decoder, None, None]:
    """Yield a decoder an order; while one is at work, that of the next video starts already.

    Whoever takes a decoder closes it; closing the generator ends those not taken.
    """
    started: deque[Decoder] = deque()
    try:
        for order in orders:
            started.append(Decoder(order))
            if len(started) > 1:
                yield started.popleft()
        while started:
            yield started.popleft()
    finally:
        for decoder in started:
            decoder.close()


def _pipes(child: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("a decoder child needs both its pipes")
    return child.stdin, child.stdout
