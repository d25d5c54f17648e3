"""The pixels of a DICOM frame: decoded, rescaled to what they measure, bright on dark."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array

from models.samples import Image
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, refusing
from stream.imaging.dicom.frame_header import FrameHeader, read_frame_headers
from stream.imaging.dicom.intensity import Intensity, intensity_of
from stream.sources.dicom_codestream import coded_frames, coded_size
from stream.sources.dicom_header import quiet_pydicom


def read_frames(path: Path, budget: Budget) -> Iterator[Image]:
    """Yield the frames of a DICOM object as pictures; MONOCHROME1 becomes bright on dark like all others.

    Grey is float32 in the unit of its modality where the header rescales it, else as stored, uint8 or uint16.

    Raises:
        SourceRefused: it is no DICOM image, is larger than allowed, its coding is not read, or it was cut off.
    """
    for header in read_frame_headers(path, budget):
        spacing = header.numbers("PixelSpacing", 2)
        if spacing is None:
            spacing = header.numbers("ImagerPixelSpacing", 2)
        intensity = intensity_of(header) if header.is_grey else Intensity()
        pixels = _grey(header, intensity) if header.is_grey else _colours(header)
        yield Image(
            np.atleast_3d(pixels),
            header.source,
            spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
            modality=header.text("Modality"),
            intensity_unit=intensity.unit,
            display_range=intensity.display_range,
        )


def grey_values(header: FrameHeader, intensity: Intensity) -> np.ndarray:
    """Decode one grey frame and return its values, float32, shape (rows, columns).

    Raises:
        SourceRefused: it cannot be decoded, or is of another size than its header says.
    """
    stored = decode_frame(header)
    if header.dataset.get("ModalityLUTSequence"):
        with refusing(header.source, "a table of values that can be applied"):
            stored = np.asarray(apply_modality_lut(stored, header.dataset))
    return intensity.values(stored)


def _grey(header: FrameHeader, intensity: Intensity) -> np.ndarray:
    """Return grey as whole numbers where nothing is lost by it."""
    values = grey_values(header, intensity)
    if not intensity.is_whole or values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
        return values
    return values.astype(np.uint8 if int(header.dataset.BitsAllocated) == 8 else np.uint16)


def _colours(header: FrameHeader) -> np.ndarray:
    pixels = decode_frame(header)
    if header.text("PhotometricInterpretation") == "PALETTE COLOR":
        with refusing(header.source, "a palette that can be applied"):
            pixels = np.asarray(apply_color_lut(pixels, header.dataset))
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def decode_frame(header: FrameHeader) -> np.ndarray:
    """Decode the stored numbers of one frame, colours as RGB.

    A coded frame says its own size before anything is allocated for it.

    Raises:
        SourceRefused: it cannot be decoded, or is of another size than its header says.
    """
    with quiet_pydicom(), refusing(header.source, "pixels that can be decoded"):
        if header.codec not in ("uncompressed", "rle"):
            _require_coded_size(header)
        pixels = np.asarray(pixel_array(header.path, index=header.index))
    if pixels.shape[:2] != header.size:
        raise SourceRefused(f"{header.source}: required pixels of {header.size}, found {pixels.shape[:2]}")
    return pixels


def _require_coded_size(header: FrameHeader) -> None:
    sizes = _coded_sizes(header.path, header.path.stat().st_mtime_ns, header.num_frames)
    found = sizes[header.index] if header.index < len(sizes) else None
    if found != header.size:
        raise SourceRefused(
            f"{header.source}: required a coded frame of {header.size} as the header says, "
            f"found {found or 'none'}; the file is damaged, send it again"
        )


@lru_cache(maxsize=4)
def _coded_sizes(path: Path, _changed_ns: int, num_frames: int) -> tuple[tuple[int, int] | None, ...]:
    """Return rows and columns that each coded frame of an object declares, as long as the file is not changed."""
    return tuple(coded_size(frame) for frame in coded_frames(path, num_frames))
