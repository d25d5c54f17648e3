"""What a picture or a volume may cost, held against what its header declares before memory is taken for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused

_DEFLATE_RATIO = 1032
"""Deflate makes of one byte no more than so many."""


@dataclass(frozen=True)
class Budget:
    """The largest picture and volume that are read."""

    max_picture_pixels: int = 2**26
    """8192 x 8192: 200 MB in colour."""
    max_volume_voxels: int = 2**30
    """All channels together: 4 GiB as float32; a CT of 512 x 512 x 700 has a sixth of it."""

    def require_picture(self, source: object, width: int, height: int) -> None:
        """Check the size that a picture's header declares.

        Raises:
            SourceRefused: it has no pixel, or too many.
        """
        if min(width, height) < 1 or width * height > self.max_picture_pixels:
            raise SourceRefused(
                f"{source}: required a picture of 1 to {self.max_picture_pixels} pixels, found {width}x{height}; "
                "cut or scale it down first"
            )

    def require_volume(self, source: object, grid_shape: Sequence[int], num_channels: int = 1) -> None:
        """Check the shape that a volume's header declares.

        Raises:
            SourceRefused: it is flat along an axis, or has too many voxels.
        """
        found = " x ".join(str(count) for count in grid_shape)
        if len(grid_shape) != 3 or min(*grid_shape, num_channels) < 1:
            raise SourceRefused(f"{source}: required a volume of three axes, found {found}; convert it to one volume")
        if min(grid_shape) < 2:
            raise SourceRefused(
                f"{source}: required a volume of at least 2 slices along each axis, found {found}; "
                "give a single slice as a picture, or the whole volume"
            )
        if prod(grid_shape) * num_channels > self.max_volume_voxels:
            raise SourceRefused(
                f"{source}: required at most {self.max_volume_voxels} voxels, found {found} in {num_channels} "
                "channel(s) declared; crop it or lower its resolution first"
            )


def require_bytes(source: object, needed: int, found: int, *, is_compressed: bool = False) -> None:
    """Check that a file is long enough for what its header declares, however well it may be compressed.

    Raises:
        SourceRefused: it is not: it was cut off, or the header lies.
    """
    if needed > (found * _DEFLATE_RATIO if is_compressed else found):
        coding = "even compressed, " if is_compressed else ""
        raise SourceRefused(
            f"{source}: required {needed} bytes for the voxels that the header declares, found {coding}{found}; "
            "the file was cut off, send it again"
        )


@contextmanager
def refusing(source: object, required: str) -> Iterator[None]:
    """Turn whatever a parser raises on broken data into a refusal that says what was required of the source.

    The parser's own words are left out: they may quote the file.
    """
    try:
        yield
    except SourceRefused:
        raise
    except Exception as error:  # parsers of broken data raise anything
        raise SourceRefused(
            f"{source}: required {required}, found something else ({type(error).__name__}); "
            "the file is damaged or not what its name says, export it again"
        ) from None


def placed_grid(source: object, shape: Sequence[int], affine: np.ndarray) -> VoxelGrid:
    """Return the grid that a header describes.

    Raises:
        SourceRefused: its affine places no voxels: not finite, no spacing, axes in a plane.
    """
    depth, height, width = (int(count) for count in shape)
    try:
        return VoxelGrid((depth, height, width), np.asarray(affine, np.float64))
    except ValueError as error:
        raise SourceRefused(f"{source}: {error}; correct the header, or export the file again") from None


def sibling(path: Path, name: str) -> Path:
    """Return the file beside a header in which its voxels lie.

    Raises:
        SourceRefused: the name leads to another folder, or there is no such file.
    """
    if not name or Path(name).name != name:
        raise SourceRefused(f"{path}: required the name of a file in the same folder, found {name!r} as its data file")
    if not (path.parent / name).is_file():
        raise SourceRefused(f"{path}: required its data file {name!r} beside it, found none; send both files")
    return path.parent / name
