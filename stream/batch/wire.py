"""What the decoder child and the batch run say to each other: JSON headers over pipes, pixels raw behind them."""

import json
import os
import select
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Literal

import numpy as np

from models.predictor import ClipSpec
from stream.clip_buffer import PickedFrame
from stream.clip_sampler import PlannedClip
from stream.sources.reader import MediaInfo

_LENGTHS = struct.Struct("<IQ")


@dataclass(frozen=True)
class DecodeOrder:
    """What a decoder child shall do."""

    location: str
    specs: Mapping[str, ClipSpec]
    """Clips to plan, by model; empty: every frame is sent, and no clip."""
    short_side: int = 0
    """Size of the frames when every one is sent; at most the source's own."""
    end_seconds: float | None = None
    """Media time, counted from the first frame, at which to stop; None: at the end."""

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> "DecodeOrder":
        record = json.loads(line)
        specs = {model: ClipSpec(**spec) for model, spec in record.pop("specs").items()}
        return cls(specs=specs, **record)


@dataclass(frozen=True)
class Opened:
    """The source is open; this is what it says of itself."""

    media: MediaInfo


@dataclass(frozen=True, eq=False)
class Step:
    """Frames picked and clips planned since the last step; both may be none."""

    frames: tuple[PickedFrame, ...]
    clips: tuple[PlannedClip, ...]


@dataclass(frozen=True)
class Ended:
    """The source was read to its end."""

    num_frames: int
    num_damaged: int
    num_epochs: int
    duration_seconds: float
    """Media time from the first frame to the end of the last."""
    decode_seconds: float
    resize_seconds: float
    peak_memory_mib: float
    """Largest resident memory of the decoder child."""


@dataclass(frozen=True)
class Refused:
    """The source could not be opened, or not be read on."""

    reason: str
    is_lost: bool
    """True when it went away, False when it is not what it should be."""


DecoderMessage = Opened | Step | Ended | Refused


def write_message(pipe: BinaryIO, message: DecoderMessage) -> None:
    """Write one message whole; blocks while the reader is busy, which is what bounds the child's memory."""
    pixels: list[np.ndarray] = []
    record: dict[str, Any] = {"kind": type(message).__name__}
    if isinstance(message, Step):
        record["frames"] = [_frame_record(frame) for frame in message.frames]
        record["clips"] = [asdict(clip) for clip in message.clips]
        pixels = [np.ascontiguousarray(frame.rgb) for frame in message.frames]
    else:
        record.update(asdict(message))
    header = json.dumps(record).encode()
    pipe.write(_LENGTHS.pack(len(header), sum(array.nbytes for array in pixels)) + header)
    for array in pixels:
        pipe.write(array.data.cast("B"))
    pipe.flush()


def read_message(descriptor: int, *, timeout_seconds: float) -> DecoderMessage:
    """Read one message from a pipe.

    Raises:
        EOFError: the other side is gone.
        TimeoutError: it says nothing for so long.
    """
    header_length, pixels_length = _LENGTHS.unpack(_read_exactly(descriptor, _LENGTHS.size, timeout_seconds))
    record = json.loads(_read_exactly(descriptor, header_length, timeout_seconds))
    pixels = _read_exactly(descriptor, pixels_length, timeout_seconds)
    kind: Literal["Opened", "Step", "Ended", "Refused"] = record.pop("kind")
    if kind == "Opened":
        return Opened(MediaInfo(**record["media"]))
    if kind == "Step":
        clips = tuple(_planned_clip(clip) for clip in record["clips"])
        return Step(_frames(record["frames"], pixels), clips)
    return Ended(**record) if kind == "Ended" else Refused(**record)


def _frame_record(frame: PickedFrame) -> list[float]:
    height, width = frame.rgb.shape[:2]
    return [frame.frame_id, frame.pts_seconds, frame.captured_at, height, width]


def _frames(records: Sequence[Sequence[float]], raw: bytearray) -> tuple[PickedFrame, ...]:
    frames, start, pixels = [], 0, np.frombuffer(raw, np.uint8)
    for frame_id, pts_seconds, captured_at, height, width in records:
        shape = (int(height), int(width), 3)
        end = start + shape[0] * shape[1] * 3
        frames.append(PickedFrame(int(frame_id), pts_seconds, captured_at, pixels[start:end].reshape(shape)))
        start = end
    return tuple(frames)


def _planned_clip(record: dict[str, Any]) -> PlannedClip:
    frame_ids, pts_seconds = tuple(record.pop("frame_ids")), tuple(record.pop("pts_seconds"))
    return PlannedClip(frame_ids=frame_ids, pts_seconds=pts_seconds, **record)


def _read_exactly(descriptor: int, num_bytes: int, timeout_seconds: float) -> bytearray:
    filled = bytearray(num_bytes)
    rest = memoryview(filled)
    while rest:
        if not select.select([descriptor], [], [], timeout_seconds)[0]:
            raise TimeoutError(f"nothing was read for {timeout_seconds:.0f} s")
        count = os.readv(descriptor, [rest])
        if count == 0:
            raise EOFError("the other side has closed the pipe")
        rest = rest[count:]
    return filled
