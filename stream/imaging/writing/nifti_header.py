"""The header of a NIfTI file whose voxels open in the same place as those of a grid."""

from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header

from models.imaging.voxel_grid import VoxelGrid

_SCANNER = 1
"""NIfTI's code for coordinates of the scanner, as the image's own are."""
_LARGEST_SIDE = np.iinfo(np.int16).max
_MOST_SHEAR_DEGREES = 1e-3


def require_nifti_size(grid: VoxelGrid) -> None:
    """Raise ValueError when a grid is larger than NIfTI can say."""
    if max(grid.shape) > _LARGEST_SIDE:
        raise ValueError(f"a NIfTI file holds at most {_LARGEST_SIDE} voxels a side, got {grid.shape}")


def nifti_header(grid: VoxelGrid, dtype: np.dtype[np.generic]) -> bytes:
    """Return a header whose affine is the grid's, as NIfTI counts: (w, h, d), to the right, to the front."""
    affine = grid.affine[:, [2, 1, 0, 3]].copy()
    affine[:2] *= -1
    make_header: Any = Nifti1Header  # nibabel is not typed
    header = make_header(endianness="<")
    header.set_data_dtype(dtype)
    header.set_data_shape(grid.shape[::-1])
    header.set_xyzt_units("mm")
    header.set_sform(affine, _SCANNER)
    if grid.shear_degrees < _MOST_SHEAR_DEGREES:
        header.set_qform(affine, _SCANNER)
    else:  # what turns and scales alone cannot say
        header["pixdim"][1:4] = grid.spacing_mm[::-1]
    header["magic"], header["vox_offset"] = b"n+1", 352
    header["scl_slope"], header["scl_inter"] = 1, 0
    return bytes(header.binaryblock) + bytes(4)
