"""Decodes one source: `python -m stream.batch.decode_child PARENT_PID`, order on stdin, frames and clips on stdout.

A decoder that crashes on a damaged file, hangs or fills the memory takes only this process with it.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from stream.batch.wire import DecodeOrder, Ended, Opened, Refused, Step, write_message
from stream.child_process import harden
from stream.clip_buffer import BufferOutput, ClipBuffer, PickedFrame
from stream.errors import SourceLost, StreamError
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source
from stream.sources.reader import FrameReader
from stream.sources.url import redact_url
from stream.tied_process import end_with_parent

MEMORY_LIMIT_MIB = 2048
"""Address space for decoding; enough for pictures of 8192 x 4320."""
NEWS_SECONDS = 1.0
"""A step is sent at least this often, so that silence means a hung decoder."""


def main() -> None:
    """Carry out the order on stdin; what goes wrong with the source is a message too."""
    end_with_parent(int(sys.argv[1]), signal.SIGKILL)
    pipe = _claim_stdout()
    harden(memory_limit_mib=MEMORY_LIMIT_MIB)
    order = DecodeOrder.decode(sys.stdin.buffer.readline())
    try:
        with open_source(order.location) as reader:
            write_message(pipe, Opened(reader.media))
            _Decoding(order, reader, pipe).run()
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more
    except StreamError as error:
        write_message(pipe, Refused(str(error), isinstance(error, SourceLost)))
    except MemoryError:
        write_message(pipe, Refused(f"{redact_url(order.location)}: decoding needs more memory than there is", False))
    except Exception as error:  # the border of the process: hostile files find the exceptions nobody thought of
        reason = f"{redact_url(order.location)}: decoding failed ({type(error).__name__}: {error})"
        write_message(pipe, Refused(reason, False))


def _claim_stdout() -> BinaryIO:
    """Keep the pipe for ourselves: what libraries print to stdout goes to stderr."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


class _Decoding:
    def __init__(self, order: DecodeOrder, reader: FrameReader, pipe: BinaryIO) -> None:
        self._order = order
        self._reader = reader
        self._pipe = pipe
        self._buffer = ClipBuffer(order.location, order.specs) if order.specs else None
        self._first_pts: float | None = None
        self._position_seconds = 0.0
        self._num_timed = 0
        self._decode_seconds = 0.0
        self._resize_seconds = 0.0
        self._told_at = time.monotonic()

    def run(self) -> None:
        for frame in self._frames():
            started = time.monotonic()
            outputs = self._push(frame)
            self._resize_seconds += time.monotonic() - started
            for output in outputs:
                self._tell(output)
        if self._buffer:
            self._tell(self._buffer.finish())
        ended = Ended(
            num_frames=self._reader.num_decoded,
            num_damaged=self._reader.num_damaged,
            num_epochs=self._buffer.epoch if self._buffer else 1,
            duration_seconds=self._duration_seconds(),
            decode_seconds=self._decode_seconds,
            resize_seconds=self._resize_seconds,
            peak_memory_mib=_peak_memory_mib(),
        )
        write_message(self._pipe, ended)

    def _frames(self) -> Iterator[DecodedFrame]:
        """Yield frames until the end that was ordered, timing the decoder."""
        frames = iter(self._reader)
        while True:
            started = time.monotonic()
            frame = next(frames, None)
            self._decode_seconds += time.monotonic() - started
            if frame is None or self._is_beyond_end(frame):
                return
            yield frame

    def _is_beyond_end(self, frame: DecodedFrame) -> bool:
        if frame.pts_seconds is None:
            return False
        if self._first_pts is None:
            self._first_pts = frame.pts_seconds
        position = frame.pts_seconds - self._first_pts
        if self._order.end_seconds is not None and position >= self._order.end_seconds:
            return True
        self._position_seconds = max(self._position_seconds, position)
        self._num_timed += 1
        return False

    def _duration_seconds(self) -> float:
        """Media time up to the last frame, which lasts as long as the others do on average."""
        return self._position_seconds * self._num_timed / max(self._num_timed - 1, 1)

    def _push(self, frame: DecodedFrame) -> list[BufferOutput]:
        if self._buffer is None:
            return [self._whole(frame)]
        outputs = []
        if self._buffer.discontinuity(frame):
            outputs.append(self._buffer.start_epoch(self._buffer.epoch + 1))
        outputs.append(self._buffer.push(frame))
        return outputs

    def _whole(self, frame: DecodedFrame) -> BufferOutput:
        """Pick the frame as it is, at the size that was ordered."""
        if frame.pts_seconds is None:
            return BufferOutput()
        short_side = min(self._order.short_side, frame.height, frame.width)
        rgb = frame.to_rgb(*frame.size_for_short_side(short_side))
        return BufferOutput(picked=(PickedFrame(0, frame.pts_seconds, frame.captured_at, rgb),))

    def _tell(self, output: BufferOutput) -> None:
        now = time.monotonic()
        if output.picked or output.clips or now - self._told_at >= NEWS_SECONDS:
            write_message(self._pipe, Step(output.picked, output.clips))
            self._told_at = now


def _peak_memory_mib() -> float:
    # Not getrusage: that starts from the memory of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
