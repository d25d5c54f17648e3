"""Volumes as MetaImage: a header in .mhd and whole numbers in .raw beside it, as the data of LUNA16 comes."""

from pathlib import Path

import numpy as np

from models.samples import Volume
from models.whole_file import whole_file
from stream.errors import StreamError

_MODALITIES = {"CT": "MET_MOD_CT", "MR": "MET_MOD_MR"}


def write_metaimage(path: Path, volume: Volume) -> None:
    """Write a volume of one channel as .mhd with its .raw beside it, rounded to 16 bits.

    Raises:
        ValueError: it has several channels, or values that 16 bits do not hold.
        StreamError: a file cannot be written.
    """
    if volume.num_channels != 1:
        raise ValueError(f"a MetaImage is written of one channel, got {volume.num_channels}: write each by itself")
    limits = np.iinfo(np.int16)
    if volume.voxels.min() < limits.min or volume.voxels.max() > limits.max:
        raise ValueError(f"values must fit into 16 bits, got {volume.voxels.min():g} to {volume.voxels.max():g}")
    raw = path.with_suffix(".raw")
    try:
        with whole_file(path) as header, whole_file(raw) as numbers:
            numbers.write_bytes(np.rint(volume.voxels[0]).astype("<i2").tobytes())
            header.write_text(_header(volume, raw.name), encoding="ascii")
    except OSError as error:
        raise StreamError(f"the volume {path} cannot be written: {error}") from error


def _header(volume: Volume, data_file: str) -> str:
    grid = volume.grid
    depth, height, width = grid.shape
    directions = grid.directions[:, ::-1].T  # a row an axis, w first
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": _row(directions.ravel()),
        "Offset": _row(np.array(grid.origin_mm)),
        "CenterOfRotation": "0 0 0",
        "AnatomicalOrientation": "RAI",
        "ElementSpacing": _row(np.array(grid.spacing_mm[::-1])),
        "DimSize": f"{width} {height} {depth}",
        "Modality": _MODALITIES.get(volume.modality, "MET_MOD_OTHER"),
        "ElementType": "MET_SHORT",
        "ElementDataFile": data_file,
    }
    return "".join(f"{name} = {value}\n" for name, value in fields.items())


def _row(numbers: np.ndarray) -> str:
    return " ".join(f"{float(number) + 0.0:.10g}" for number in numbers)
