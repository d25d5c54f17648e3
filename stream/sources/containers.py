"""Which containers are read, how each is known by its first bytes, and the one demuxer that may read it.

FFmpeg left to guess will take a text file named .mp4 for a playlist and read the files it names, so a container
is recognised here, by its own first bytes, and its demuxer is pinned.
"""

from dataclasses import dataclass
from pathlib import Path

from stream.errors import SourceRefused

SNIFF_BYTES = 4096
"""How much of a file's head decides; enough for five of the longest transport packets at any phase."""
READABLE = "an mp4, mov, mkv, avi or ts video"

_MP4_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"})
_TS_PACKET_LENGTHS = (188, 192, 204)
_TS_SYNC_BYTE = 0x47
_KNOWN_STRANGERS = {
    b"GIF8": "a GIF picture",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"OggS": "an Ogg file",
    b"FLV": "a Flash video",
    b"\x30\x26\xb2\x75": "a Windows Media file",
    b"ID3": "an MP3 sound",
    b"fLaC": "a FLAC sound",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"#EXTM3U": "a playlist",
    b"ffconcat": "a playlist",
}


@dataclass(frozen=True)
class Container:
    """A container format that is read."""

    name: str
    demuxer: str
    """FFmpeg's name of the only demuxer that may read it."""
    suffixes: frozenset[str]
    has_presentation_times: bool = True
    """False for AVI, which stores pictures in order of decoding and no times."""


MP4 = Container("mp4", "mp4", frozenset({".mp4", ".m4v"}))
MOV = Container("mov", "mov", frozenset({".mov", ".qt"}))
MKV = Container("mkv", "matroska", frozenset({".mkv", ".webm"}))
AVI = Container("avi", "avi", frozenset({".avi"}), has_presentation_times=False)
TS = Container("ts", "mpegts", frozenset({".ts", ".mts", ".m2ts"}))
CONTAINERS = (MP4, MOV, MKV, AVI, TS)


def find_container(path: Path) -> Container:
    """Return the container that the file's first bytes show.

    A name that claims one of the other readable containers is taken for a harmless mistake: whatever the name,
    only the demuxer of what the bytes are may read the file.

    Raises:
        SourceRefused: the bytes or the name are those of nothing that is read.
    """
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    if not head:
        raise SourceRefused(f"{path}: required {READABLE}, found an empty file")
    found = sniff(head)
    if found is None:
        raise SourceRefused(f"{path}: required {READABLE}, found {_what_it_looks_like(head)}")
    suffix = path.suffix.lower()
    if suffix and not any(suffix in container.suffixes for container in CONTAINERS):
        raise SourceRefused(f"{path}: required the name of {READABLE}, found {suffix}; the content is {found.name}")
    return found


def sniff(head: bytes) -> Container | None:
    """Return the container that begins with these bytes, or None."""
    if head[4:8] == b"ftyp":
        return MOV if head[8:12] == b"qt  " else MP4
    if head[4:8] in _MP4_FIRST_BOXES:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return MKV
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return AVI
    if _is_transport_stream(head):
        return TS
    return None


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(syncs := head[start : start + 5 * length : length]) == 5 and set(syncs) == {_TS_SYNC_BYTE}
        for length in _TS_PACKET_LENGTHS
        for start in range(length)
    )


def _what_it_looks_like(head: bytes) -> str:
    for magic, name in _KNOWN_STRANGERS.items():
        if head.startswith(magic):
            return name
    try:
        head[:256].decode("utf-8")
    except UnicodeDecodeError:
        return f"bytes that begin {head[:8].hex(' ')}"
    return "text"
