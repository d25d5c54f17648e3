"""The frame store of one host: files in shared memory that nothing ever writes to a disk."""

import contextlib
import json
import mmap
import os
import shutil
import struct
import time
from collections import deque
from dataclasses import asdict
from pathlib import Path

import numpy as np

from stream.errors import FramesGone, FrameStoreFull
from stream.frames.store import Preview, require_safe_name

DEFAULT_MAX_BYTES = 2 << 30
"""Bytes of one source's chunks beyond which its oldest go."""
MIN_FREE_SHARE = 0.05
"""Share of the file system that stays free; a source that would go below gives up its own oldest chunks first."""

_HEADER = struct.Struct("<4sIII")
_MAGIC = b"VGF1"
_PREVIEW_NAME = "preview"


class FileFrameStore:
    """One file a chunk in a private directory: a header with the shape, then the raw bytes.

    A chunk is written under another name and renamed, so a reader sees it whole or not at all; a reader maps it,
    and its mapping stays good after the file is removed.
    """

    def __init__(self, directory: Path, *, max_bytes_per_source: int = DEFAULT_MAX_BYTES) -> None:
        self._directory = directory
        self._max_bytes = max_bytes_per_source
        self._written: dict[str, deque[tuple[Path, int]]] = {}
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.is_symlink() or directory.stat().st_uid != os.getuid():
            raise ValueError(f"the frame store {directory} must be a directory of our own, found another's; remove it")
        directory.chmod(0o700)

    def put_chunk(self, source_id: str, chunk_id: str, frames: np.ndarray) -> None:
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
            raise ValueError(f"a chunk must be uint8 (N, H, W, 3), got {frames.dtype} {frames.shape}")
        path = self._chunk_path(source_id, chunk_id)
        if source_id not in self._written:
            self._written[source_id] = self._find_written(source_id)
        written = self._written[source_id]
        header = _HEADER.pack(_MAGIC, *frames.shape[:3])
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(written, frames.nbytes)
            _write_whole(path, header, np.ascontiguousarray(frames).data.cast("B"))
        except OSError as error:
            raise FrameStoreFull(
                f"the frame store {self._directory} took no chunk of {frames.nbytes} bytes from {source_id!r}: "
                f"{error.strerror}; give it more shared memory or shorten frames.retention_seconds"
            ) from error
        written.append((path, frames.nbytes))

    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        path = self._chunk_path(source_id, chunk_id)
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise FramesGone(f"chunk {chunk_id} of source {source_id!r} is not in the frame store any more") from error
        return _frames_of(mapped, f"chunk {chunk_id} of source {source_id!r}")

    def prune(self, source_id: str, older_than_seconds: float) -> int:
        oldest_kept = time.time() - older_than_seconds
        removed: set[Path] = set()
        for path in self._source_directory(source_id).glob("*.*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest_kept:
                    path.unlink()
                    removed.add(path)
        if source_id in self._written:
            kept = (item for item in self._written[source_id] if item[0] not in removed)
            self._written[source_id] = deque(kept)
        return len(removed)

    def put_preview(self, source_id: str, preview: Preview) -> None:
        record = {name: value for name, value in asdict(preview).items() if name != "jpeg"}
        header = json.dumps(record).encode() + b"\n"
        path = self._source_directory(source_id) / _PREVIEW_NAME
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(path, header, preview.jpeg)
        except OSError as error:
            raise FrameStoreFull(f"the frame store {self._directory} took no preview: {error.strerror}") from error

    def latest_preview(self, source_id: str) -> Preview | None:
        try:
            header, _, jpeg = (self._source_directory(source_id) / _PREVIEW_NAME).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        return Preview(jpeg=jpeg, **json.loads(header))

    def remove_source(self, source_id: str) -> None:
        self._written.pop(source_id, None)
        shutil.rmtree(self._source_directory(source_id), ignore_errors=True)

    def close(self) -> None:
        """Nothing is held open; the files stay for the readers."""

    def _make_room(self, written: deque[tuple[Path, int]], num_bytes: int) -> None:
        """Remove the source's own oldest chunks until its share and the file system have room for one more."""
        num_held = sum(size for _, size in written)
        while written and (num_held + num_bytes > self._max_bytes or self._is_short_of(num_bytes)):
            path, size = written.popleft()
            path.unlink(missing_ok=True)
            num_held -= size

    def _is_short_of(self, num_bytes: int) -> bool:
        system = os.statvfs(self._directory)
        return (system.f_bavail - MIN_FREE_SHARE * system.f_blocks) * system.f_frsize < num_bytes

    def _find_written(self, source_id: str) -> deque[tuple[Path, int]]:
        """Chunks that an earlier process of this source left, oldest first."""
        found = [(path.stat(), path) for path in self._source_directory(source_id).glob("*.chunk")]
        found.sort(key=lambda item: item[0].st_mtime)
        return deque((path, status.st_size) for status, path in found)

    def _chunk_path(self, source_id: str, chunk_id: str) -> Path:
        return self._source_directory(source_id) / f"{require_safe_name(chunk_id, 'a chunk id')}.chunk"

    def _source_directory(self, source_id: str) -> Path:
        return self._directory / require_safe_name(source_id, "a source id")


def _write_whole(path: Path, *parts: bytes | memoryview) -> None:
    """Write a private file that appears under its name only when it is complete."""
    part_path = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for part in parts:
                _write_fully(file.fileno(), part)
        part_path.rename(path)
    except OSError:
        part_path.unlink(missing_ok=True)
        raise


def _write_fully(descriptor: int, content: bytes | memoryview) -> None:
    """A single write may be short when the file system fills up; the next one then says why."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _frames_of(mapped: mmap.mmap, what: str) -> np.ndarray:
    if len(mapped) >= _HEADER.size:
        magic, num_frames, height, width = _HEADER.unpack_from(mapped)
        if magic == _MAGIC and len(mapped) == _HEADER.size + num_frames * height * width * 3:
            return np.frombuffer(mapped, np.uint8, offset=_HEADER.size).reshape(num_frames, height, width, 3)
    raise FramesGone(f"{what} is incomplete: {len(mapped)} bytes do not match its header")
