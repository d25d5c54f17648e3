"""What each coded frame of a cine says of its own size, read before a codec allocates anything for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.encaps import generate_frames

from stream.errors import SourceRefused
from stream.sources.dicom_header import CineHeader
from stream.sources.jpeg_segments import START_OF_FRAME, jpeg_segments

_PIXEL_DATA_HEAD_BYTES = 12
_JPEG2000_START = b"\xff\x4f\xff\x51"


def readable_frames(path: Path, header: CineHeader) -> list[int]:
    """Return the indices of the frames that may be decoded: those that are there and tell the header's size.

    Raises:
        SourceRefused: a coded frame has another size than the header says, or there is none at all.
    """
    if not header.transfer_syntax.is_compressed:
        return list(range(header.num_frames))
    readable = []
    for index, frame in enumerate(coded_frames(path, header.num_frames)):
        size = coded_size(frame)
        if size is not None and size != (header.height, header.width):
            raise SourceRefused(
                f"{path}: required coded frames of {header.width}x{header.height} as the header says, "
                f"found {size[1]}x{size[0]} in frame {index}"
            )
        if size is not None or header.codec == "rle":
            readable.append(index)
    if not readable:
        raise SourceRefused(f"{path}: required {header.num_frames} coded frames, found none")
    return readable


def coded_size(codestream: bytes) -> tuple[int, int] | None:
    """Return (height, width) that a JPEG, JPEG-LS or JPEG 2000 codestream declares; None for any other."""
    if codestream.startswith(_JPEG2000_START) and len(codestream) >= 24:
        width, height, left, top = (int.from_bytes(codestream[at : at + 4]) for at in (8, 12, 16, 20))
        return height - top, width - left
    for marker, body in jpeg_segments(codestream):
        if marker in START_OF_FRAME and len(body) >= 5:
            return int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
    return None


def coded_frames(path: Path, num_frames: int) -> Iterator[bytes]:
    """Yield the coded frames of a compressed object, up to the first that is cut off."""
    try:
        with path.open("rb") as file:
            _seek_to_pixels(file)
            yield from generate_frames(file, number_of_frames=num_frames)
    except SourceRefused:
        raise
    except Exception:  # the end of a truncated file, in any of pydicom's words: what came before it counts
        return


def _seek_to_pixels(file: BinaryIO) -> None:
    dcmread(file, stop_before_pixels=True, specific_tags=["NumberOfFrames"])
    file.seek(_PIXEL_DATA_HEAD_BYTES, 1)
