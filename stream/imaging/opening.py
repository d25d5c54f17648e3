"""Opens pictures and volumes of every format by what their files are; the one way in.

PNG, JPEG and TIFF are pictures; NIfTI, NRRD, MetaImage, HDF5 and TIFF stacks are volumes; DICOM is either.
Headers are read first and held against the budget; voxels are read when they are asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from models.samples import Image, StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget
from stream.sources.dicom_signature import is_dicom

Format = Literal["png", "jpeg", "tiff", "nifti", "nrrd", "metaimage", "hdf5", "dicom"]
_BY_SUFFIX: dict[str, Format] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".nii": "nifti",
    ".nii.gz": "nifti",
    ".hdr": "nifti",
    ".hdr.gz": "nifti",
    ".nrrd": "nrrd",
    ".nhdr": "nrrd",
    ".mha": "metaimage",
    ".mhd": "metaimage",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".dcm": "dicom",
    ".dicom": "dicom",
}
_BY_START: dict[bytes, Format] = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"NRRD000": "nrrd",
    b"\x89HDF": "hdf5",
}
_DATASET_MARK = "#"
_START_BYTES = 16


def open_volume(
    location: str | Path, *, budget: Budget | None = None, spacing_mm: Sequence[float] | None = None
) -> StoredVolume:
    """Open a volume: its header is read and checked, none of its voxels.

    Args:
        location: a file, or a folder with a DICOM series. Of several volumes in one place `#` chooses one:
            `scan.h5#raw` a data set, `folder#3` the series 3, `folder#3:0` its first phase.
        budget: what it may hold.
        spacing_mm: along slices, rows and columns, for formats that need not tell it (HDF5, TIFF).

    Raises:
        SourceRefused: there is no such volume, or it is not what is required; the message says what was.
    """
    budget = budget or Budget()
    path, selector = _parted(location)
    if path.is_dir() or (found := require_format(path)) == "dicom":
        from stream.imaging.dicom.series import open_series

        return open_series(path, budget, selector)
    if found == "hdf5":
        from stream.imaging.hdf5 import open_hdf5

        return open_hdf5(path, budget, name=selector or None, spacing_mm=spacing_mm)
    if found == "tiff":
        from stream.imaging.tiff import open_tiff_volume

        return open_tiff_volume(path, budget, spacing_mm)
    if found in ("png", "jpeg"):
        raise SourceRefused(f"{path}: required a volume, found a picture ({found}); choose a model for pictures")
    return _placed_volume_reader(found)(path, budget)


def read_images(location: str | Path, *, budget: Budget | None = None) -> Iterator[Image]:
    """Read the pictures of a file, one at a time: PNG and JPEG have one, TIFF its pages, DICOM its frames.

    Raises:
        SourceRefused: it holds no picture, or is not what is required; the message says what was.
    """
    budget, path = budget or Budget(), Path(location)
    found = require_format(path)
    if found in ("png", "jpeg"):
        from stream.imaging.picture_files import read_picture

        yield read_picture(path, budget)
    elif found == "tiff":
        from stream.imaging.tiff import read_pages

        yield from read_pages(path, budget)
    elif found == "dicom":
        from stream.imaging.dicom.frame_pixels import read_frames

        yield from read_frames(path, budget)
    else:
        raise SourceRefused(f"{path}: required a picture, found a volume ({found}); choose a model for volumes")


def require_format(path: Path) -> Format:
    """Return what a file is, by its first bytes where they tell it, else by its name.

    Raises:
        SourceRefused: there is no such file, it is empty, or of no format that is read.
    """
    if not path.is_file():
        raise SourceRefused(f"{path}: required a picture or a volume, found no file of this name")
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    if not start:
        raise SourceRefused(f"{path}: required a picture or a volume, found an empty file; send it again")
    found = next((form for magic, form in _BY_START.items() if start.startswith(magic)), None) or format_of(path)
    if found is None and ".img" in (suffix.lower() for suffix in path.suffixes[-2:]):
        raise SourceRefused(f"{path}: required the header of a NIfTI pair, found its voxels; name the .hdr beside it")
    if found is None:
        raise SourceRefused(
            f"{path}: required PNG, JPEG, TIFF, DICOM, NIfTI, NRRD, MetaImage or HDF5, found none of them; convert it"
        )
    return found


def format_of(path: Path) -> Format | None:
    """Return what a file claims to be, by its name and the mark of DICOM; None when it is of no format that is read."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    found = _BY_SUFFIX.get("".join(suffixes[-2:])) or _BY_SUFFIX.get(suffixes[-1] if suffixes else "")
    return found or ("dicom" if is_dicom(path) else None)


def _placed_volume_reader(found: Format) -> Callable[[Path, Budget], StoredVolume]:
    if found == "nifti":
        from stream.imaging.nifti import open_nifti

        return open_nifti
    if found == "nrrd":
        from stream.imaging.nrrd import open_nrrd

        return open_nrrd
    from stream.imaging.metaimage import open_metaimage

    return open_metaimage


def _parted(location: str | Path) -> tuple[Path, str]:
    """Return path and selector; a file whose own name holds the mark is taken as it is."""
    path = Path(location)
    if path.exists() or _DATASET_MARK not in str(location):
        return path, ""
    place, _, selector = str(location).rpartition(_DATASET_MARK)
    return Path(place), selector
