"""The segments at the head of a JPEG or JPEG-LS picture."""

from collections.abc import Iterator

JPEG_START = b"\xff\xd8"
RESTART_INTERVAL = 0xDD
START_OF_SCAN = 0xDA
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Markers of JPEG (less DHT, JPG and DAC, which share their range) and of JPEG-LS."""


def jpeg_segments(picture: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and body of each segment up to the first scan; nothing more once the bytes make no sense."""
    at = len(JPEG_START)
    while picture.startswith(JPEG_START) and at + 4 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        length = int.from_bytes(picture[at + 2 : at + 4])
        yield marker, picture[at + 4 : at + 2 + length]
        if marker == START_OF_SCAN:
            return
        at += 2 + max(length, 2)
