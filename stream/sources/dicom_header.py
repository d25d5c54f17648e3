"""What a DICOM cine must say of itself before any of its pixels are touched."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from stream.errors import SourceRefused
from stream.sources.dicom_times import TIME_TAGS, FrameTimes, read_times

CODECS = {
    ImplicitVRLittleEndian: "uncompressed",
    ExplicitVRLittleEndian: "uncompressed",
    ExplicitVRBigEndian: "uncompressed",
    RLELossless: "rle",
    JPEGBaseline8Bit: "jpeg",
    JPEGExtended12Bit: "jpeg",
    JPEG2000Lossless: "jpeg2000",
    JPEG2000: "jpeg2000",
    JPEGLSLossless: "jpeg-ls",
    JPEGLSNearLossless: "jpeg-ls",
}
"""Transfer syntaxes that are read. Deflated ones are not: half a megabyte may inflate to half a gigabyte."""
PHOTOMETRIC = frozenset(
    {"MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR"}
)
_SHAPE_TAGS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
)
_VALUE_TAGS = ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "RescaleSlope", "RescaleIntercept")
_WINDOW_TAGS = ("WindowCenter", "WindowWidth", "VOILUTFunction")
_PALETTE_TAGS = tuple(
    f"{colour}PaletteColorLookupTable{part}" for colour in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")
)
_WANTED_TAGS = (*_SHAPE_TAGS, *_VALUE_TAGS, *_WINDOW_TAGS, *_PALETTE_TAGS, *TIME_TAGS)
_LEAST_BYTES_A_FRAME = 8
"""The head of an empty item: no coded frame is shorter."""


@dataclass(frozen=True, eq=False)
class CineHeader:
    """The checked header of a cine."""

    codec: str
    width: int
    height: int
    num_frames: int
    times: FrameTimes
    transfer_syntax: UID
    dataset: Dataset = field(repr=False)
    """Only what decoding needs: nothing of it is about a person."""


def read_header(path: Path, *, max_pixels: int) -> CineHeader:
    """Read and check the header of a cine; no pixel is read.

    Raises:
        SourceRefused: it is not DICOM, not a cine, too large, of a coding that is not read, or shorter than it says.
    """
    with quiet_pydicom():
        return _read_checked(path, max_pixels)


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Hold back what pydicom warns of and logs: it quotes values of the file."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read_checked(path: Path, max_pixels: int) -> CineHeader:
    syntax = _transfer_syntax(path)
    if syntax not in CODECS:
        known = ", ".join(dict.fromkeys(CODECS.values()))
        raise SourceRefused(f"{path}: required a DICOM cine coded as one of {known}; found {UID(syntax).name}")
    dataset = _read_wanted_tags(path)
    num_frames = _number(dataset, "NumberOfFrames", path, default=1)
    if num_frames < 2:
        raise SourceRefused(f"{path}: required a cine of at least 2 frames, found a single DICOM image")
    width, height = _number(dataset, "Columns", path), _number(dataset, "Rows", path)
    if not 0 < width * height <= max_pixels:
        raise SourceRefused(f"{path}: required frames of 1 to {max_pixels} pixels, found {width}x{height}")
    _require_known_pixels(dataset, path)
    _require_room(path, dataset, num_frames, is_coded=UID(syntax).is_compressed)
    return CineHeader(CODECS[syntax], width, height, num_frames, read_times(dataset, num_frames), syntax, dataset)


def _transfer_syntax(path: Path) -> UID:
    try:
        return UID(read_file_meta_info(path).TransferSyntaxUID)
    except Exception as error:  # pydicom raises a dozen classes on broken files
        raise SourceRefused(f"{path}: required a DICOM file, found no DICOM header ({type(error).__name__})") from None


def _read_wanted_tags(path: Path) -> Dataset:
    try:
        dataset = dcmread(path, stop_before_pixels=True, specific_tags=[*_WANTED_TAGS])
        for _ in dataset:  # each element is parsed when it is first touched: let all that may fail do so here
            pass
    except Exception as error:
        raise SourceRefused(f"{path}: required a readable DICOM header ({type(error).__name__})") from None
    return dataset


def _require_known_pixels(dataset: Dataset, path: Path) -> None:
    photometric = str(dataset.get("PhotometricInterpretation", "none"))
    if photometric not in PHOTOMETRIC:
        raise SourceRefused(f"{path}: required a colour space of {', '.join(sorted(PHOTOMETRIC))}, found {photometric}")
    allocated = _number(dataset, "BitsAllocated", path)
    samples = _number(dataset, "SamplesPerPixel", path)
    expected_samples = 1 if photometric.startswith(("MONO", "PALETTE")) else 3
    if allocated not in (8, 16) or samples != expected_samples or (samples == 3 and allocated != 8):
        raise SourceRefused(
            f"{path}: required 8 or 16 bits of grey or 8 bits a colour, "
            f"found {samples} samples of {allocated} bits as {photometric}"
        )


def _require_room(path: Path, dataset: Dataset, num_frames: int, *, is_coded: bool) -> None:
    bytes_a_frame = _LEAST_BYTES_A_FRAME
    if not is_coded:
        bytes_a_pixel = dataset.SamplesPerPixel * dataset.BitsAllocated // 8
        bytes_a_frame = dataset.Rows * dataset.Columns * bytes_a_pixel
        if dataset.PhotometricInterpretation == "YBR_FULL_422":
            bytes_a_frame = bytes_a_frame * 2 // 3
    found = path.stat().st_size
    if num_frames * bytes_a_frame > found:
        raise SourceRefused(
            f"{path}: required {num_frames * bytes_a_frame} bytes for the {num_frames} frames that the header "
            f"declares, found a file of {found}"
        )


def _number(dataset: Dataset, keyword: str, path: Path, default: int = 0) -> int:
    try:
        value = dataset.get(keyword)
        return default if value is None else int(value)
    except Exception:
        raise SourceRefused(f"{path}: required a number as {keyword} in the DICOM header") from None
