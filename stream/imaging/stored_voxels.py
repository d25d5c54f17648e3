"""The numbers of a volume in one run of bytes of a file: read by slabs where they are plain, whole where compressed."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np

from stream.errors import SourceRefused
from stream.imaging.budget import refusing, require_bytes

Coding = Literal["plain", "deflate"]
_CHUNK_BYTES = 1 << 20
_ZLIB_OR_GZIP = 47
_TRAILER_BYTES = 64
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Layout:
    """How the numbers lie in the file."""

    grid_shape: tuple[int, int, int]
    """D, H, W; W runs fastest."""
    dtype: np.dtype[np.generic]
    num_channels: int = 1
    is_interleaved: bool = False
    """Whether the channels of a voxel lie together, not those of a volume."""
    coding: Coding = "plain"
    file_offset: int = 0
    """Where in the file the numbers, or what they are coded in, begin."""
    skipped_bytes: int = 0
    """Bytes before the numbers in the decoded run."""

    @property
    def num_bytes(self) -> int:
        depth, height, width = self.grid_shape
        return depth * height * width * self.num_channels * self.dtype.itemsize


class StoredVoxels:
    """Reads slabs of the numbers in their stored type.

    Plain numbers are read from the file slab by slab. Compressed ones are decoded at the first call, never further than
    the header declares, and kept in their stored type.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        """Hold the length of the file against what the layout needs; no number is read.

        Raises:
            SourceRefused: the file is too short.
        """
        self._path, self._layout = path, layout
        found = path.stat().st_size - layout.file_offset
        needed = layout.num_bytes + layout.skipped_bytes
        require_bytes(path, needed, max(found, 0), is_compressed=layout.coding == "deflate")
        self._decoded: np.ndarray | None = None
        self._lock = Lock()

    def slab(self, start: int, stop: int) -> np.ndarray:
        """Return the slices from one up to another, shape (C, stop - start, H, W), in the stored type.

        Raises:
            SourceRefused: the file ends early or is damaged.
        """
        depth = self._layout.grid_shape[0]
        if not 0 <= start < stop <= depth:
            raise ValueError(f"a slab must lie within 0 to {depth} slices, got {start} to {stop}")
        if self._layout.coding == "plain":
            return self._read_plain(start, stop)
        with self._lock:
            if self._decoded is None:
                self._decoded = self._decode()
        return self._decoded[:, start:stop]

    def _read_plain(self, start: int, stop: int) -> np.ndarray:
        layout = self._layout
        depth, height, width = layout.grid_shape
        first = layout.file_offset + layout.skipped_bytes
        slice_bytes = height * width * layout.dtype.itemsize
        if layout.is_interleaved:
            slice_bytes *= layout.num_channels
            numbers = self._numbers(first + start * slice_bytes, (stop - start) * slice_bytes)
            return np.moveaxis(numbers.reshape(stop - start, height, width, layout.num_channels), -1, 0)
        channels = [
            self._numbers(first + (channel * depth + start) * slice_bytes, (stop - start) * slice_bytes)
            for channel in range(layout.num_channels)
        ]
        return np.stack(channels).reshape(layout.num_channels, stop - start, height, width)

    def _numbers(self, offset: int, num_bytes: int) -> np.ndarray:
        count = num_bytes // self._layout.dtype.itemsize
        numbers = np.fromfile(self._path, self._layout.dtype, count, offset=offset)
        if len(numbers) < count:
            raise SourceRefused(f"{self._path}: required {count} voxels at byte {offset}, found {len(numbers)}")
        return numbers

    def _decode(self) -> np.ndarray:
        layout = self._layout
        run = _decoded_run(self._path, layout)
        depth, height, width = layout.grid_shape
        numbers = run.view(layout.dtype)
        if layout.is_interleaved:
            return np.moveaxis(numbers.reshape(depth, height, width, layout.num_channels), -1, 0)
        return numbers.reshape(layout.num_channels, depth, height, width)


def decoded_start(path: Path, num_bytes: int) -> bytes:
    """Return the first bytes of a file, unpacked when it is a gzip file; fewer when it is shorter.

    Raises:
        SourceRefused: it cannot be unpacked.
    """
    with path.open("rb") as file, refusing(path, "a file that can be unpacked"):
        start = file.read(max(num_bytes, 1 << 16))
        if not start.startswith(_GZIP):
            return start[:num_bytes]
        return zlib.decompressobj(_ZLIB_OR_GZIP).decompress(start, num_bytes)


def is_packed(path: Path) -> bool:
    """Whether a file is a gzip file, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def _decoded_run(path: Path, layout: Layout) -> np.ndarray:
    """Decode what the layout declares and not a byte more, whatever the file goes on to hold; uint8, shape (N,)."""
    run = np.empty(layout.num_bytes, np.uint8)
    num_filled, num_to_skip = 0, layout.skipped_bytes
    with path.open("rb") as file, refusing(path, "voxels that can be unpacked"):
        file.seek(layout.file_offset)
        decoder, coded = zlib.decompressobj(_ZLIB_OR_GZIP), b""
        while num_filled < len(run):
            coded = coded or file.read(_CHUNK_BYTES)
            decoded = decoder.decompress(coded, _CHUNK_BYTES)
            if not coded and not decoded:
                raise SourceRefused(
                    f"{path}: required {len(run)} bytes of voxels, found {num_filled} before the file ends; "
                    "it was cut off, send it again"
                )
            coded = decoder.unconsumed_tail
            if decoder.eof:  # a file may consist of several compressed members
                coded, decoder = decoder.unused_data, zlib.decompressobj(_ZLIB_OR_GZIP)
            decoded, num_to_skip = decoded[num_to_skip:], max(num_to_skip - len(decoded), 0)
            decoded = decoded[: len(run) - num_filled]
            run[num_filled : num_filled + len(decoded)] = np.frombuffer(decoded, np.uint8)
            num_filled += len(decoded)
        decoder.decompress(coded or file.read(_TRAILER_BYTES), 1)  # the checksum at the end, when it comes next
    return run
