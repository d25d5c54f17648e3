"""Label maps in files that open in the same place as the image that they belong to."""

import gzip
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from models.whole_file import whole_file
from stream.closing import ClosingWriter
from stream.errors import StreamError
from stream.imaging.writing.nifti_header import nifti_header, require_nifti_size

_EFFORT = 3
"""Of gzip: label maps pack well at any."""


def write_label_picture(path: Path, labels: np.ndarray) -> None:
    """Write labels as a grey PNG: 8 bits where all numbers fit into them, else 16.

    Args:
        path: of the file; it appears whole or not at all.
        labels: whole numbers from 0, shape (H, W).

    Raises:
        ValueError: a number is negative or above 65535.
        StreamError: the file cannot be written.
    """
    _require_labels(labels, 2, np.iinfo(np.uint16).max)
    dtype = np.uint8 if labels.max(initial=0) <= np.iinfo(np.uint8).max else np.uint16
    coded = cv2.imencode(".png", labels.astype(dtype))[1]
    try:
        with whole_file(path) as draft:
            draft.write_bytes(coded.tobytes())
    except OSError as error:
        raise StreamError(f"the label map {path} cannot be written: {error}") from error


def write_label_volume(path: Path, labels: np.ndarray, grid: VoxelGrid) -> None:
    """Write labels as NIfTI: see `LabelVolumeWriter`.

    Raises:
        ValueError: a number is negative, or the labels are not of the grid's shape.
        StreamError: the file cannot be written.
    """
    _require_labels(labels, 3, np.iinfo(np.int32).max)
    with LabelVolumeWriter(path, grid, max_label=int(labels.max(initial=0))) as writer:
        writer.write(labels)


class LabelVolumeWriter(ClosingWriter):
    """Writes labels slab by slab as .nii or .nii.gz; they need never be in memory together."""

    def __init__(self, path: Path, grid: VoxelGrid, *, max_label: int) -> None:
        """Begin the file.

        Args:
            path: .nii or .nii.gz; it appears under its name when all slices are written.
            grid: of the image that the labels belong to.
            max_label: the largest number that will come; says how many bits each takes.

        Raises:
            ValueError: the grid is larger than NIfTI can say.
            StreamError: the file cannot be written.
        """
        require_nifti_size(grid)
        self._path, self._grid, self._max_label, self._num_written = path, grid, max_label, 0
        fitting = [dtype for dtype in (np.uint8, np.uint16, np.int32) if max_label <= np.iinfo(dtype).max]
        self._dtype = np.dtype(fitting[0]).newbyteorder("<")
        self._whole = whole_file(path)
        try:
            draft = self._whole.__enter__()
            self._file: IO[bytes] = _opened(draft, is_packed=path.suffix == ".gz")
            self._file.write(nifti_header(grid, self._dtype))
        except OSError as error:
            raise StreamError(f"the label map {path} cannot be written: {error}") from error

    def write(self, labels: np.ndarray) -> None:
        """Append slices, whole numbers of shape (d, H, W), in the order of the image's slices.

        Raises:
            ValueError: they are no labels of this grid.
            StreamError: they cannot be written.
        """
        _require_labels(labels, 3, self._max_label)
        if labels.shape[1:] != self._grid.shape[1:] or self._num_written + len(labels) > self._grid.shape[0]:
            raise ValueError(f"slices must fill {self._grid.shape}, got {labels.shape} behind {self._num_written}")
        try:
            self._file.write(np.ascontiguousarray(labels, self._dtype).tobytes())
        except OSError as error:
            raise StreamError(f"the label map {self._path} cannot be written: {error}") from error
        self._num_written += len(labels)

    def close(self) -> None:
        if self._num_written != self._grid.shape[0]:
            self.abandon()
            raise ValueError(f"required all {self._grid.shape[0]} slices of {self._path}, got {self._num_written}")
        try:
            self._file.close()
            self._whole.__exit__(None, None, None)
        except OSError as error:
            raise StreamError(f"the label map {self._path} cannot be written: {error}") from error

    def abandon(self) -> None:
        self._file.close()
        self._whole.__exit__(GeneratorExit, GeneratorExit(), None)


def _opened(path: Path, *, is_packed: bool) -> IO[bytes]:
    if not is_packed:
        return path.open("wb")
    return gzip.GzipFile(path, "wb", compresslevel=_EFFORT, mtime=0)  # type: ignore[return-value]


def _require_labels(labels: np.ndarray, num_axes: int, max_label: int) -> None:
    if labels.ndim != num_axes or labels.dtype.kind not in "iub":
        raise ValueError(f"labels must be whole numbers of {num_axes} axes, got {labels.dtype} of shape {labels.shape}")
    if labels.size and (labels.min() < 0 or labels.max() > max_label):
        raise ValueError(f"labels must lie in 0 to {max_label}, got {labels.min()} to {labels.max()}")
