"""Which containers are read, how each is known by its first bytes, and the one demuxer that may read it.

FFmpeg left to guess will happily take a text file named .mp4 for a playlist and read the files it names, so
a container is recognised here, by its own magic bytes, and its demuxer is pinned.
"""

from dataclasses import dataclass
from pathlib import Path

from stream.errors import SourceRefused

SNIFF_BYTES = 4096
"""How much of the file's head decides; enough for five of the longest transport packets at any phase."""

_MP4_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"})
_TS_PACKET_LENGTHS = (188, 192, 204)
_TS_SYNC_BYTE = 0x47


@dataclass(frozen=True)
class Container:
    """A container format that is read."""

    name: str
    demuxer: str
    """FFmpeg's name of the only demuxer that may read it."""


_BY_SUFFIX = {
    ".mp4": Container("mp4", "mp4"),
    ".m4v": Container("mp4", "mp4"),
    ".mov": Container("mov", "mov"),
    ".mkv": Container("mkv", "matroska"),
    ".webm": Container("mkv", "matroska"),
    ".avi": Container("avi", "avi"),
    ".ts": Container("ts", "mpegts"),
    ".mts": Container("ts", "mpegts"),
    ".m2ts": Container("ts", "mpegts"),
}
READABLE = "mp4, mov, mkv, avi or ts"


def find_container(path: Path) -> Container:
    """Return the container that the file's first bytes show.

    Raises:
        SourceRefused: the bytes are of none that is read, or the file's name claims something else.
    """
    with path.open("rb") as file:
        found = sniff(file.read(SNIFF_BYTES))
    claimed = _BY_SUFFIX.get(path.suffix.lower())
    if claimed is None or found is None or claimed.demuxer != found.demuxer:
        raise SourceRefused(f"{path}: required a {READABLE} file")
    return claimed


def sniff(head: bytes) -> Container | None:
    """Return the container that begins with these bytes, or None."""
    if head[4:8] in _MP4_FIRST_BOXES:
        return _BY_SUFFIX[".mov" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else ".mp4"]
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _BY_SUFFIX[".mkv"]
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return _BY_SUFFIX[".avi"]
    if _is_transport_stream(head):
        return _BY_SUFFIX[".ts"]
    return None


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(syncs := head[start : start + 5 * length : length]) == 5 and set(syncs) == {_TS_SYNC_BYTE}
        for length in _TS_PACKET_LENGTHS
        for start in range(length)
    )
