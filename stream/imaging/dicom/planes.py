"""Where the plane of one DICOM frame lies in the patient.

Source: DICOM PS3.3 C.7.6.2 (Image Plane Module).
"""

import numpy as np

from stream.errors import SourceRefused
from stream.imaging.dicom.frame_header import FrameHeader


def stack_affine(source: str, first: FrameHeader, step: np.ndarray) -> np.ndarray:
    """Return the affine of [d, h, w] to LPS of slices like the first, each a step further.

    Raises:
        SourceRefused: the header does not say where its plane lies.
    """
    along_rows, along_columns = plane_directions(source, first)
    row_spacing, column_spacing = pixel_spacing(source, first)
    affine = np.eye(4)
    # The direction along the rows is that of the column index, which is w.
    affine[:3, :3] = np.stack([step, along_columns * row_spacing, along_rows * column_spacing], axis=1)
    affine[:3, 3] = plane_position(source, first)
    return affine


def plane_directions(source: str, header: FrameHeader) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit vectors along the rows and along the columns, in LPS.

    Raises:
        SourceRefused: the header has none.
    """
    cosines = header.numbers("ImageOrientationPatient", 6)
    if cosines is None:
        raise SourceRefused(f"{source}: required ImageOrientationPatient of 6 numbers, found none; export the original")
    along_rows, along_columns = cosines[:3], cosines[3:]
    lengths = np.linalg.norm(along_rows), np.linalg.norm(along_columns)
    if abs(along_rows @ along_columns) > 1e-2 or max(abs(length - 1) for length in lengths) > 1e-2:
        raise SourceRefused(
            f"{source}: required two perpendicular unit vectors as ImageOrientationPatient, found {cosines.tolist()}"
        )
    return along_rows / lengths[0], along_columns / lengths[1]


def plane_position(source: str, header: FrameHeader) -> np.ndarray:
    """Return the centre of the first pixel, in LPS.

    Raises:
        SourceRefused: the header has none.
    """
    position = header.numbers("ImagePositionPatient", 3)
    if position is None:
        raise SourceRefused(
            f"{source}: required ImagePositionPatient of 3 numbers in each slice, found none in {header.source}; "
            "slices cannot be ordered by their names, export the original"
        )
    return position


def pixel_spacing(source: str, header: FrameHeader) -> tuple[float, float]:
    """Return the distances between rows and between columns, mm.

    Raises:
        SourceRefused: the header has none, or not positive ones.
    """
    spacing = header.numbers("PixelSpacing", 2)
    if spacing is None or spacing.min() <= 0:
        found = "none" if spacing is None else f"{spacing[0]:g} x {spacing[1]:g}"
        raise SourceRefused(f"{source}: required a positive PixelSpacing, found {found}; export the original")
    return float(spacing[0]), float(spacing[1])
