"""NRRD volumes: .nrrd, and .nhdr with its data file beside it.

Source: "Definition of NRRD File Format", https://teem.sourceforge.net/nrrd/format.html.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.samples import StoredVolume
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, placed_grid, refusing, sibling
from stream.imaging.stored_file import stored_volume
from stream.imaging.stored_spacing import LENGTHS_MM
from stream.imaging.stored_voxels import Coding, Layout

_MAX_HEADER_BYTES = 1 << 20
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_CODINGS: dict[str, Coding] = {"raw": "plain", "gzip": "deflate", "gz": "deflate"}
_SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}


@dataclass(frozen=True)
class _Axes:
    """Which of the axes, fastest first, run through space, and which through channels."""

    spatial: tuple[int, int, int]
    channel: int | None


def open_nrrd(path: Path, budget: Budget) -> StoredVolume:
    """Read the header of an NRRD file; one axis beside the three of space is taken as channels.

    Raises:
        SourceRefused: it is no NRRD, is larger than allowed, is not placed in space, or was cut off.
    """
    fields, num_header_bytes = _read_fields(path)
    with refusing(path, "a readable NRRD header"):
        sizes = [int(size) for size in fields["sizes"].split()]
        axes = _axes(path, fields, sizes)
        affine, remarks = _affine(path, fields, axes)
        skipped_bytes = int(fields.get("byte skip", "0"))
    width, height, depth = (sizes[axis] for axis in axes.spatial)
    num_channels = 1 if axes.channel is None else sizes[axes.channel]
    budget.require_volume(path, (depth, height, width), num_channels)
    grid = placed_grid(path, (depth, height, width), affine)
    name = fields.get("data file", fields.get("datafile"))
    data_file = path if name is None else sibling(path, name)
    if skipped_bytes < 0 or int(fields.get("line skip", "0")):
        raise SourceRefused(f"{path}: required voxels right behind the header, found lines to skip; write it again")
    layout = Layout(
        grid.shape,
        _dtype(path, fields),
        num_channels,
        is_interleaved=axes.channel == 0,
        coding=_coding(path, fields),
        file_offset=num_header_bytes if name is None else 0,
        skipped_bytes=skipped_bytes,
    )
    return stored_volume(data_file, layout, grid, remarks=remarks, header=path)


def _read_fields(path: Path) -> tuple[dict[str, str], int]:
    """Return the fields of the header by their names in small letters, and the header's length in bytes."""
    with path.open("rb") as file:
        start = file.read(_MAX_HEADER_BYTES)
    if not start.startswith(b"NRRD000"):
        raise SourceRefused(f"{path}: required an NRRD file, found other first bytes; export it again")
    end = re.search(rb"\r?\n\r?\n", start)
    text = start[: end.start() if end else len(start)].decode("latin-1")
    pairs = [line.split(":", 1) for line in text.splitlines()[1:] if not line.startswith("#")]
    fields = {pair[0].strip().lower(): pair[1].strip() for pair in pairs if len(pair) == 2}
    missing = [name for name in ("type", "sizes", "encoding") if name not in fields]
    if missing:
        raise SourceRefused(f"{path}: required the NRRD field(s) {', '.join(missing)}, found none; export it again")
    return fields, end.end() if end else len(start)


def _axes(path: Path, fields: dict[str, str], sizes: list[int]) -> _Axes:
    directions = _directions(fields)
    if directions:
        spatial = tuple(axis for axis, direction in enumerate(directions) if direction is not None)
    elif len(sizes) == 4:
        kinds = fields.get("kinds", "").split()
        spatial = tuple(axis for axis, kind in enumerate(kinds) if kind in ("domain", "space"))
    else:
        spatial = tuple(range(len(sizes)))
    others = [axis for axis in range(len(sizes)) if axis not in spatial]
    if (
        (directions and len(directions) != len(sizes))
        or len(spatial) != 3
        or len(others) > 1
        or (others and others[0] not in (0, 3))
    ):
        raise SourceRefused(
            f"{path}: required three axes of space and at most one of channels, the first or the last; "
            f"found sizes {sizes} of kinds {fields.get('kinds', 'not told')!r}; split it into volumes"
        )
    return _Axes((spatial[0], spatial[1], spatial[2]), others[0] if others else None)


def _affine(path: Path, fields: dict[str, str], axes: _Axes) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the affine of [d, h, w] to LPS, and what was not told."""
    space = fields.get("space", "").lower()
    directions = _directions(fields)
    affine, remarks = np.eye(4), []
    if space not in _SPACES:
        remarks.append("the header does not say how the patient lies; left and right may be exchanged")
    if directions:
        columns = [directions[axis] for axis in reversed(axes.spatial)]
        affine[:3, :3] = np.array(columns, np.float64).T
        affine[:3, 3] = _vector(fields.get("space origin", "(0,0,0)"))
    else:
        if "spacings" not in fields:
            raise SourceRefused(
                f"{path}: required the spacing of voxels, found no 'space directions' and no 'spacings'"
            )
        spacings = [float(value) for value in fields["spacings"].split()]
        affine[:3, :3] = np.eye(3)[:, ::-1] * [spacings[axis] for axis in reversed(axes.spatial)]
    unit = fields.get("space units", fields.get("units", '"mm"')).split()[-1].strip('"')
    affine[:3] *= LENGTHS_MM.get(unit.lower(), 1.0)
    return np.diag([*_SPACES.get(space, (1, 1, 1)), 1.0]) @ affine, tuple(remarks)


def _directions(fields: dict[str, str]) -> list[list[float] | None]:
    found = re.findall(r"none|\([^)]*\)", fields.get("space directions", ""))
    return [None if direction == "none" else _vector(direction) for direction in found]


def _vector(text: str) -> list[float]:
    return [float(value) for value in text.strip("() ").split(",")]


def _dtype(path: Path, fields: dict[str, str]) -> np.dtype[np.generic]:
    found = [code for code, names in _TYPES.items() if fields["type"].lower() in names]
    if not found:
        raise SourceRefused(
            f"{path}: required one number a voxel, found the type {fields['type']!r}; write it as short"
        )
    return np.dtype((">" if fields.get("endian", "little").lower() == "big" else "<") + found[0])


def _coding(path: Path, fields: dict[str, str]) -> Coding:
    coding = _CODINGS.get(fields["encoding"].lower())
    if coding is None:
        raise SourceRefused(f"{path}: required raw or gzip encoding, found {fields['encoding']!r}; write it as gzip")
    return coding
