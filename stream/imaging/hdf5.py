"""HDF5 volumes: one data set of a file, as microscopists keep them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, refusing
from stream.imaging.stored_file import channel_names, finite_float32
from stream.imaging.stored_spacing import spaced_grid

_USUAL_NAME = "raw"
_MAX_CHUNK_BYTES = 1 << 30
_SPACING_UM = "element_size_um"


def open_hdf5(
    path: Path, budget: Budget, *, name: str | None = None, spacing_mm: Sequence[float] | None = None
) -> StoredVolume:
    """Read what a file says of one of its data sets, of shape (D, H, W) or (C, D, H, W).

    Args:
        path: the file.
        budget: what it may hold.
        name: of the data set; by default the only volume of the file, or the one called raw.
        spacing_mm: along d, h and w, for a file without the attribute `element_size_um`.

    Raises:
        SourceRefused: there is no such volume, it is larger than allowed, tells no spacing, or lies in other files.
    """
    with _opened(path) as file:
        dataset = _choose(path, file, name)
        name, shape = dataset.name, dataset.shape
        _require_plain(path, dataset)
        num_channels, grid_shape = (shape[0], shape[1:]) if len(shape) == 4 else (1, shape)
        budget.require_volume(f"{path}#{name}", grid_shape, num_channels)
        with refusing(path, f"{_SPACING_UM} of three lengths"):
            told = (
                [float(length) / 1e3 for length in dataset.attrs[_SPACING_UM]] if _SPACING_UM in dataset.attrs else None
            )
    return StoredVolume(
        grid=spaced_grid(path, grid_shape, told, spacing_mm),
        source_id=f"{path}#{name.strip('/')}",
        channel_names=channel_names(num_channels),
        references=(str(path),),
        read_slab=lambda start, stop: _read_slab(path, str(name), start, stop),
    )


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    with refusing(path, "a whole HDF5 file"), h5py.File(path, "r") as file:
        yield file


def _read_slab(path: Path, name: str, start: int, stop: int) -> np.ndarray:
    with _opened(path) as file:
        dataset = file[name]
        slab = dataset[:, start:stop] if dataset.ndim == 4 else dataset[start:stop][None]
    return finite_float32(slab)


def _choose(path: Path, file: h5py.File, name: str | None) -> h5py.Dataset:
    volumes = _volumes(file)
    chosen = (name or "").strip("/") if name else next(iter(volumes)) if len(volumes) == 1 else _USUAL_NAME
    if chosen not in volumes:
        found = ", ".join(volumes) or "none"
        raise SourceRefused(
            f"{path}: required one volume, found the data sets {found}; "
            f"name one of them, as in {path.name}#{_USUAL_NAME}"
        )
    return volumes[chosen]


def _volumes(group: h5py.Group, prefix: str = "") -> dict[str, h5py.Dataset]:
    """Return the data sets of three or four axes by their names; links to elsewhere are not followed."""
    found: dict[str, h5py.Dataset] = {}
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        entry = group[key]
        if isinstance(entry, h5py.Group) and prefix.count("/") < 8:
            found.update(_volumes(entry, f"{prefix}{key}/"))
        elif isinstance(entry, h5py.Dataset) and entry.ndim in (3, 4):
            found[f"{prefix}{key}"] = entry
    return found


def _require_plain(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse what would read other files, hold no numbers, or unpack without bounds."""
    if dataset.external or dataset.is_virtual:
        raise SourceRefused(
            f"{path}: required voxels in the file itself, found a link to other files; copy them into one"
        )
    if dataset.dtype.kind not in "iuf":
        raise SourceRefused(f"{path}: required whole or real numbers, found {dataset.dtype}; write them as numbers")
    if dataset.chunks and prod(dataset.chunks) * dataset.dtype.itemsize > _MAX_CHUNK_BYTES:
        raise SourceRefused(
            f"{path}: required chunks of at most {_MAX_CHUNK_BYTES} bytes, found {dataset.chunks}; "
            "write it in smaller ones"
        )
