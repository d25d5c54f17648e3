"""NIfTI volumes: .nii and .nii.gz, and pairs of a .hdr and its .img, each packed or not."""

from pathlib import Path
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader

from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, placed_grid, refusing, sibling
from stream.imaging.stored_file import stored_volume
from stream.imaging.stored_spacing import LENGTHS_MM
from stream.imaging.stored_voxels import Coding, Layout, decoded_start, is_packed

_FIRST_SIZE, _SECOND_SIZE = 348, 540
_SINGLE_FILE, _PAIR = (b"n+1", b"n+2"), (b"ni1", b"ni2")
_VOXELS_BESIDE = {".hdr": (".img", ".img.gz"), ".HDR": (".IMG", ".IMG.gz")}
_PACKED = ".gz"


def open_nifti(path: Path, budget: Budget) -> StoredVolume:
    """Read the header of a NIfTI file or pair; further axes than three are taken as channels.

    Args:
        path: the file, or the header of a pair.
        budget: what it may hold.

    Raises:
        SourceRefused: it is no NIfTI, lacks its other file, is larger than allowed, is not placed in space, or was cut
            off.
    """
    header = _read_header(path)
    with refusing(path, "a readable NIfTI header"):
        sizes = [int(size) for size in header.get_data_shape()]
        dtype = np.dtype(header.get_data_dtype())
        affine = _lps_affine(header)
        slope, intercept = (float(value) for value in (header["scl_slope"], header["scl_inter"]))
        offset, is_placed = int(header.get_data_offset()), header["sform_code"] > 0 or header["qform_code"] > 0
    width, height, depth, *more = (*sizes, *(1,) * (3 - len(sizes)))
    num_channels = int(np.prod(more)) if more else 1
    budget.require_volume(path, (depth, height, width), num_channels)
    _require_grey(path, dtype)
    grid = placed_grid(path, (depth, height, width), affine)
    data_file = path if header.is_single else _voxels_beside(path)
    coding: Coding = "deflate" if is_packed(data_file) else "plain"
    first_voxel = max(offset, len(header.binaryblock) if header.is_single else 0)
    layout = Layout(grid.shape, dtype, num_channels, coding=coding, skipped_bytes=first_voxel)
    remark = () if is_placed else ("the header does not say how the patient lies; left and right may be exchanged",)
    return stored_volume(data_file, layout, grid, scale=_scale(slope, intercept), remarks=remark, header=path)


def _voxels_beside(header: Path) -> Path:
    """Return the file of a pair that holds the voxels."""
    stem = header.with_name(header.name.removesuffix(_PACKED))
    names = [stem.stem + suffix for suffix in _VOXELS_BESIDE.get(stem.suffix, ())]
    if not names:
        raise SourceRefused(f"{header}: required the header of a NIfTI pair to be called .hdr, found another name")
    found = next((name for name in names if (header.parent / name).is_file()), names[0])
    return sibling(header, found)


def _read_header(path: Path) -> Any:
    start = decoded_start(path, _SECOND_SIZE)
    sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
    is_second = _SECOND_SIZE in sizes
    size = _SECOND_SIZE if is_second else _FIRST_SIZE
    if size not in sizes or len(start) < size:
        raise SourceRefused(f"{path}: required a NIfTI header of 348 or 540 bytes, found none; export the file again")
    kinds: tuple[Any, Any] = (Nifti2Header, Nifti2PairHeader) if is_second else (Nifti1Header, Nifti1PairHeader)
    single, pair = kinds
    with refusing(path, "a readable NIfTI header"):
        header: Any = single(start[:size], check=False)
        magic = bytes(np.asarray(header["magic"]).tobytes())
        if magic.startswith(_PAIR):
            return pair(start[:size], check=False)
    if not magic.startswith(_SINGLE_FILE):
        raise SourceRefused(
            f"{path}: required NIfTI, found ANALYZE, which does not say where left is; convert it to NIfTI"
        )
    return header


def _lps_affine(header: Any) -> np.ndarray:
    """Return the affine of [d, h, w] to LPS; NIfTI's is of (w, h, d) to RAS."""
    affine = np.array(header.get_best_affine(), np.float64)
    affine[:2] *= -1  # RAS to LPS
    affine[:3] *= LENGTHS_MM.get(header.get_xyzt_units()[0], 1.0)
    return affine[:, [2, 1, 0, 3]]


def _scale(slope: float, intercept: float) -> tuple[float, float]:
    """Return slope and intercept; a slope of 0 or NaN means that there is none."""
    if not np.isfinite(slope) or slope == 0:
        return 1.0, 0.0
    return slope, intercept if np.isfinite(intercept) else 0.0


def _require_grey(path: Path, dtype: np.dtype[np.generic]) -> None:
    if dtype.kind not in "iuf":
        raise SourceRefused(
            f"{path}: required one number a voxel, found {'colours' if dtype.names else dtype.name}; "
            "convert it to grey or to one volume a channel"
        )
