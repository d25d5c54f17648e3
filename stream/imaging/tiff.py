"""TIFF files: one or many pages as pictures, or a stack of pages as a volume; ImageJ's and OME's too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image as Pillow

from models.samples import Image, StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, refusing, require_bytes
from stream.imaging.stored_file import channel_names, finite_float32
from stream.imaging.stored_spacing import LENGTHS_MM, spaced_grid

_BY_PILLOW = frozenset({tifffile.COMPRESSION.LZW, tifffile.COMPRESSION.JPEG, tifffile.COMPRESSION.OJPEG})
"""Codings that tifffile alone does not read."""
_PAGE_AXES = frozenset("YXS")
_DEPTH_AXES = "ZQI"
"""Which axis of a stack runs through its slices: the first of these that it has."""


def read_pages(path: Path, budget: Budget) -> Iterator[Image]:
    """Yield the pages of a TIFF, one at a time, named `path[index]` where there are several.

    Raises:
        SourceRefused: it is no TIFF, a page is larger than allowed, of numbers that are not read, or was cut off.
    """
    with _opened(path) as file:
        num_pages = len(file.pages)
        for index in range(num_pages):
            source = f"{path}[{index}]" if num_pages > 1 else str(path)
            with refusing(source, "a whole TIFF page"):
                page: Any = file.pages[index]
                budget.require_picture(source, page.imagewidth, page.imagelength)
                pixels = _pixels(path, page, index)
            yield Image(_as_picture(source, pixels, page), source)


def open_tiff_volume(path: Path, budget: Budget, spacing_mm: Sequence[float] | None = None) -> StoredVolume:
    """Read what a TIFF says of its stack of pages.

    Args:
        path: the file.
        budget: what it may hold.
        spacing_mm: along d, h and w, for a file that does not tell it.

    Raises:
        SourceRefused: it is no stack of grey pages, is larger than allowed, tells no spacing, or was cut off.
    """
    with _opened(path) as file, refusing(path, "a readable TIFF stack"):
        series = file.series[0]
        sizes = {"Y": 1, "X": 1, **dict(zip(series.axes, series.shape, strict=True))}
        dtype, is_plain, told = series.dtype, file.pages[0].compression == tifffile.COMPRESSION.NONE, _spacing(file)
        num_pages = len(series.pages)
    depth_axis = next((axis for axis in _DEPTH_AXES if sizes.get(axis, 1) > 1), "Z")
    unknown = [axis for axis in sizes if axis not in {depth_axis, "C", "Y", "X"} and sizes[axis] > 1]
    if unknown:
        raise SourceRefused(f"{path}: required grey slices in channels, found the axes {series.axes}; split it")
    shape = (sizes.get(depth_axis, 1), sizes["Y"], sizes["X"])
    num_channels = sizes.get("C", 1)
    budget.require_volume(path, shape, num_channels)
    if num_pages != shape[0] * num_channels:
        raise SourceRefused(f"{path}: required a page for each slice and channel, found {num_pages} of {series.axes}")
    if is_plain:
        require_bytes(path, prod(series.shape) * dtype.itemsize, path.stat().st_size)
    order = [axis for axis in series.axes if axis in (depth_axis, "C") and sizes[axis] > 1]
    pages = _PageOrder(num_channels, shape[0], is_channel_slow=order[:1] == ["C"])
    return StoredVolume(
        grid=spaced_grid(path, shape, told, spacing_mm),
        source_id=str(path),
        channel_names=channel_names(num_channels),
        references=(str(path),),
        read_slab=lambda start, stop: _read_slab(path, pages, shape, start, stop),
    )


class _PageOrder:
    """Where in the file the page of a channel and a slice is."""

    def __init__(self, num_channels: int, depth: int, *, is_channel_slow: bool) -> None:
        self.num_channels, self._depth, self._is_channel_slow = num_channels, depth, is_channel_slow

    def index(self, channel: int, depth: int) -> int:
        return channel * self._depth + depth if self._is_channel_slow else depth * self.num_channels + channel


def _read_slab(path: Path, pages: _PageOrder, shape: Sequence[int], start: int, stop: int) -> np.ndarray:
    slab = np.empty((pages.num_channels, stop - start, *shape[1:]), np.float32)
    with _opened(path) as file, refusing(path, "whole TIFF pages"):
        series = file.series[0]
        for channel in range(pages.num_channels):
            for depth in range(start, stop):
                index = pages.index(channel, depth)
                slab[channel, depth - start] = finite_float32(_pixels(path, series.pages[index], index))
    return slab


@contextmanager
def _opened(path: Path) -> Iterator[tifffile.TiffFile]:
    with refusing(path, "a TIFF file"):
        # Of a set of OME files only the one that was named is opened.
        file = tifffile.TiffFile(path, _multifile=False)
    with file:
        if not len(file.pages):
            raise SourceRefused(
                f"{path}: required at least one whole TIFF page, found none; it was cut off, send it again"
            )
        yield file


def _pixels(path: Path, page: Any, index: int) -> np.ndarray:
    return _by_pillow(path, page, index) if page.compression in _BY_PILLOW else np.asarray(page.asarray())


def _by_pillow(path: Path, page: Any, index: int) -> np.ndarray:
    with Pillow.open(path, formats=("TIFF",)) as file:
        file.seek(index)
        file.load()
        if page.bitspersample == 16 and page.samplesperpixel > 1:  # of which Pillow would keep 8 bits
            return _by_opencv(path, index)
        is_number = file.mode in ("L", "F", "1") or file.mode.startswith("I")
        pixels = np.asarray(file if is_number else file.convert("RGB"))
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and pixels.dtype == np.uint8:
        return np.asarray(255 - pixels)  # Pillow has turned them round already: back to what is stored
    return pixels.astype(pixels.dtype.newbyteorder("="))


def _by_opencv(path: Path, index: int) -> np.ndarray:
    is_read, pages = cv2.imreadmulti(str(path), index, 1, flags=cv2.IMREAD_UNCHANGED)
    if not is_read or not pages:
        raise SourceRefused(f"{path}: required whole TIFF pages, found page {index} cut off; send the file again")
    return np.ascontiguousarray(np.asarray(pages[0])[..., 2::-1])


def _as_picture(source: str, pixels: np.ndarray, page: Any) -> np.ndarray:
    """Return pixels in the types of a picture; 32 bits become float32, one bit 0 and 255."""
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    pixels = np.atleast_3d(pixels)[..., :3]
    if pixels.shape[2] == 2:  # grey and transparency
        pixels = pixels[..., :1]
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    if pixels.dtype.kind not in "iuf":
        raise SourceRefused(f"{source}: required pixels of whole or real numbers, found {pixels.dtype}")
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and pixels.dtype.kind == "u":
        pixels = np.iinfo(pixels.dtype).max - pixels
    return pixels if pixels.dtype in (np.uint8, np.uint16) else finite_float32(pixels)


def _spacing(file: tifffile.TiffFile) -> tuple[float, float, float] | None:
    """Return the spacing in mm along d, h and w that ImageJ or OME wrote, if any."""
    if file.is_ome:
        pixels = tifffile.xml2dict(file.ome_metadata or "")["OME"]["Image"]["Pixels"]
        told = [(pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")) for axis in "ZYX"]
        lengths = [float(size) * LENGTHS_MM[unit] for size, unit in told if size is not None and unit in LENGTHS_MM]
        return (lengths[0], lengths[1], lengths[2]) if len(lengths) == 3 else None
    imagej = file.imagej_metadata or {}
    unit = str(imagej.get("unit", "")).replace("\\u00B5", "µ")
    across, down = file.pages[0].get_resolution()
    if unit not in LENGTHS_MM or "spacing" not in imagej or min(across, down) <= 0:
        return None
    scale = LENGTHS_MM[unit]
    return float(imagej["spacing"]) * scale, scale / down, scale / across
