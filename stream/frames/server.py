"""The frame store for many hosts: a server of its own that keeps nothing, with frames as JPEG."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import redis

from stream.errors import BrokerUnavailable, FramesGone, FrameStoreFull
from stream.frames.store import Preview, require_safe_name

JPEG_QUALITY = 90
"""A 4.2 MB chunk becomes 0.26 MB at about 41 dB."""
SOCKET_TIMEOUT_SECONDS = 2.0

_COUNT = struct.Struct("<I")


class ServerFrameStore:
    """Chunks on a Redis or Valkey server, each frame a JPEG, gone by themselves after the retention."""

    def __init__(self, url: str, *, retention_seconds: float) -> None:
        self._retention_ms = round(retention_seconds * 1000)
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=SOCKET_TIMEOUT_SECONDS, socket_connect_timeout=SOCKET_TIMEOUT_SECONDS
        )
        with self._translated():
            self._require_forgetful()

    def put_chunk(self, source_id: str, chunk_id: str, frames: np.ndarray) -> None:
        key = _chunk_key(source_id, chunk_id)
        with self._translated():
            self._client.set(key, encode_frames(frames), px=self._retention_ms)

    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        key = _chunk_key(source_id, chunk_id)
        with self._translated():
            payload = self._client.get(key)
        if payload is None:
            raise FramesGone(f"chunk {chunk_id} of source {source_id!r} is not on the frame server any more")
        return decode_frames(payload, f"chunk {chunk_id} of source {source_id!r}")

    def prune(self, source_id: str, older_than_seconds: float) -> int:
        """Do nothing: the server forgets each chunk when its time is over."""
        require_safe_name(source_id, "a source id")
        return 0

    def put_preview(self, source_id: str, preview: Preview) -> None:
        record = {
            "jpeg": preview.jpeg,
            "captured_at": repr(preview.captured_at),
            "epoch": preview.epoch,
            "width": preview.width,
            "height": preview.height,
            "privacy": preview.privacy,
        }
        key = _preview_key(source_id)
        with self._translated(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, mapping=record)
            pipeline.pexpire(key, self._retention_ms)
            pipeline.execute()

    def latest_preview(self, source_id: str) -> Preview | None:
        with self._translated():
            record = self._client.hgetall(_preview_key(source_id))
        if not record:
            return None
        return Preview(
            jpeg=record[b"jpeg"],
            captured_at=float(record[b"captured_at"]),
            epoch=int(record[b"epoch"]),
            width=int(record[b"width"]),
            height=int(record[b"height"]),
            privacy=record[b"privacy"].decode(),
        )

    def remove_source(self, source_id: str) -> None:
        with self._translated():
            keys = list(self._client.scan_iter(match=_chunk_key(source_id, "*"), count=500))
            self._client.unlink(_preview_key(source_id), *keys)

    def close(self) -> None:
        self._client.close()

    def _require_forgetful(self) -> None:
        """Refuse a server that would write pixels to its disk."""
        kept = {**self._client.config_get("save"), **self._client.config_get("appendonly")}
        found = {_text(name): _text(value) for name, value in kept.items()}
        if found != {"save": "", "appendonly": "no"}:
            raise ValueError(
                f'a frame server must keep nothing (save "", appendonly no), got {found}; '
                "start a server of its own for frames and name it in FRAMES_URL"
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except redis.exceptions.OutOfMemoryError as error:
            raise FrameStoreFull(f"the frame server is full: {error}; raise its maxmemory") from error
        except redis.RedisError as error:
            raise BrokerUnavailable(
                f"the frame server does not answer: {error}; start it or mend FRAMES_URL"
            ) from error


def encode_frames(frames: np.ndarray) -> bytes:
    """Return frames, uint8 RGB (N, H, W, 3), as a count, their lengths, and one JPEG each."""
    jpegs = [_encode_jpeg(frame) for frame in frames]
    lengths = struct.pack(f"<{len(jpegs)}I", *map(len, jpegs))
    return b"".join([_COUNT.pack(len(jpegs)), lengths, *jpegs])


def decode_frames(payload: bytes, what: str) -> np.ndarray:
    """Return the frames that `encode_frames` wrote, read-only.

    Raises:
        FramesGone: the payload is not whole.
    """
    try:
        (num_frames,) = _COUNT.unpack_from(payload)
        lengths = struct.unpack_from(f"<{num_frames}I", payload, _COUNT.size)
        offset = _COUNT.size * (1 + num_frames)
        frames = []
        for length in lengths:
            frames.append(_decode_jpeg(payload[offset : offset + length]))
            offset += length
        stacked = np.stack(frames)
    except (struct.error, ValueError, cv2.error) as error:
        raise FramesGone(f"{what} cannot be decoded: {error}") from error
    stacked.flags.writeable = False
    return stacked


def _encode_jpeg(frame: np.ndarray) -> bytes:
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return jpeg.tobytes()


def _decode_jpeg(jpeg: bytes) -> np.ndarray:
    frame = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if frame is None:
        raise ValueError("not a JPEG picture")
    return frame


def _chunk_key(source_id: str, chunk_id: str) -> str:
    if chunk_id != "*":
        require_safe_name(chunk_id, "a chunk id")
    return f"chunk:{require_safe_name(source_id, 'a source id')}:{chunk_id}"


def _preview_key(source_id: str) -> str:
    return f"preview:{require_safe_name(source_id, 'a source id')}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
