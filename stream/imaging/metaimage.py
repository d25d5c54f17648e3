"""MetaImage volumes: .mha, and .mhd with its .raw or .zraw beside it, as the data of LUNA16 comes.

Source: "MetaIO Documentation", https://itk.org/Wiki/ITK/MetaIO/Documentation; places are LPS, as ITK writes them.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, placed_grid, refusing, sibling
from stream.imaging.stored_file import stored_volume
from stream.imaging.stored_voxels import Layout

_MAX_HEADER_BYTES = 1 << 16
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_TURNS = ("TransformMatrix", "Rotation", "Orientation")
_ORIGINS = ("Offset", "Position", "Origin")
_BYTE_ORDERS = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")


def open_metaimage(path: Path, budget: Budget) -> StoredVolume:
    """Read the header of a MetaImage.

    Raises:
        SourceRefused: it is no MetaImage, is larger than allowed, is not placed in space, or was cut off.
    """
    fields, num_header_bytes = _read_fields(path)
    with refusing(path, "a readable MetaImage header"):
        sizes = [int(size) for size in fields["DimSize"].split()]
        num_channels = int(fields.get("ElementNumberOfChannels", "1"))
        header_size = int(fields.get("HeaderSize", "0"))
        affine = _affine(fields)
    budget.require_volume(path, sizes[::-1], num_channels)
    grid = placed_grid(path, sizes[::-1], affine)
    name = fields["ElementDataFile"]
    data_file = path if name == "LOCAL" else sibling(path, name)
    layout = Layout(
        grid.shape,
        _dtype(path, fields),
        num_channels,
        is_interleaved=num_channels > 1,
        coding="deflate" if fields.get("CompressedData", "False").lower() == "true" else "plain",
    )
    if header_size == -1:  # the voxels are what the file ends with
        header_size = max(data_file.stat().st_size - layout.num_bytes, 0)
    layout = replace(layout, file_offset=num_header_bytes if name == "LOCAL" else header_size)
    return stored_volume(data_file, layout, grid, header=path)


def _read_fields(path: Path) -> tuple[dict[str, str], int]:
    """Return the fields of the header, and its length in bytes: `ElementDataFile` is its last line."""
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        while "ElementDataFile" not in fields and file.tell() < _MAX_HEADER_BYTES:
            line = file.readline(_MAX_HEADER_BYTES)
            if b"=" not in line:
                break
            name, value = line.decode("latin-1").split("=", 1)
            fields[name.strip()] = value.strip()
        num_header_bytes = file.tell()
    missing = [name for name in ("DimSize", "ElementType", "ElementDataFile") if name not in fields]
    if missing:
        raise SourceRefused(
            f"{path}: required the MetaImage field(s) {', '.join(missing)}, found none; export it again"
        )
    if not {"ElementSpacing", "ElementSize"} & fields.keys():
        raise SourceRefused(f"{path}: required the spacing of voxels, found no ElementSpacing; add it to the header")
    return fields, num_header_bytes


def _affine(fields: dict[str, str]) -> np.ndarray:
    """Return the affine of [d, h, w] to LPS; the header's is of (w, h, d)."""
    spacing = _numbers(fields.get("ElementSpacing") or fields["ElementSize"])
    directions = _numbers(_first(fields, _TURNS, "1 0 0 0 1 0 0 0 1")).reshape(3, 3)  # one row an axis
    affine = np.eye(4)
    affine[:3, :3] = (directions * spacing[:, None])[::-1].T
    affine[:3, 3] = _numbers(_first(fields, _ORIGINS, "0 0 0"))
    return affine


def _first(fields: dict[str, str], names: Sequence[str], default: str) -> str:
    return next((fields[name] for name in names if name in fields), default)


def _numbers(text: str) -> np.ndarray:
    return np.array([float(value) for value in text.split()])


def _dtype(path: Path, fields: dict[str, str]) -> np.dtype[np.generic]:
    code = _TYPES.get(fields["ElementType"].removesuffix("_ARRAY"))
    if code is None:
        known = ", ".join(_TYPES)
        raise SourceRefused(f"{path}: required an ElementType of {known}, found {fields['ElementType']!r}")
    return np.dtype((">" if _first(fields, _BYTE_ORDERS, "False").lower() == "true" else "<") + code)
