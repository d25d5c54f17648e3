"""Volumes as NIfTI, in the place where their grid lies."""

import gzip
from pathlib import Path

import numpy as np

from models.samples import Volume
from models.whole_file import whole_file
from stream.errors import StreamError
from stream.imaging.writing.nifti_header import nifti_header, require_nifti_size

_EFFORT = 1
"""Of gzip: noise hardly packs."""


def write_volume(path: Path, volume: Volume) -> None:
    """Write a volume of one channel as .nii or .nii.gz, float32.

    Raises:
        ValueError: it has several channels, or is larger than NIfTI can say.
        StreamError: the file cannot be written.
    """
    if volume.num_channels != 1:
        raise ValueError(f"a NIfTI file is written of one channel, got {volume.num_channels}: write each by itself")
    require_nifti_size(volume.grid)
    dtype = np.dtype(np.float32).newbyteorder("<")
    content = nifti_header(volume.grid, dtype) + np.ascontiguousarray(volume.voxels[0], dtype).tobytes()
    try:
        with whole_file(path) as draft:
            draft.write_bytes(gzip.compress(content, _EFFORT, mtime=0) if path.suffix == ".gz" else content)
    except OSError as error:
        raise StreamError(f"the volume {path} cannot be written: {error}") from error
