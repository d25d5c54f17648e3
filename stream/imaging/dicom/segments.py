"""DICOM segmentations (SEG) as label maps: what other programs drew, and what this one wrote."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, placed_grid
from stream.imaging.dicom.frame_header import FrameHeader, read_frame_headers
from stream.imaging.dicom.frame_pixels import decode_frame
from stream.imaging.dicom.planes import plane_directions, plane_position, stack_affine

_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_SAME_PLACE_MM = 0.01
_UNEVEN_SHARE = 0.1


def read_segments(path: Path, budget: Budget) -> tuple[np.ndarray, VoxelGrid]:
    """Read the segments of one object as numbers, as their own headers count them.

    The grid reaches from the first slice that has a segment to the last: place it in the image's grid with
    `models.imaging.orientation.placed_in`. Where segments overlap, the later one has the voxel.

    Returns:
        uint16, shape (D, H, W), and its grid.

    Raises:
        SourceRefused: it is no segmentation, its frames lie on no even grid, or it is larger than allowed or damaged.
    """
    headers = read_frame_headers(path, budget)
    if headers[0].text("SOPClassUID") != _SEGMENTATION:
        raise SourceRefused(f"{path}: required labels, found a DICOM image; give a segmentation (SEG)")
    indices, first, step = _even_places(str(path), headers)
    shape = (int(indices.max()) + 1, *headers[0].size)
    budget.require_volume(path, (max(shape[0], 2), *shape[1:]))
    labels = np.zeros(shape, np.uint16)
    for header, index in zip(headers, indices, strict=True):
        labels[index][decode_frame(header) > 0] = _segment_number(header)
    return labels, placed_grid(path, shape, stack_affine(str(path), first, step))


def _even_places(source: str, headers: Sequence[FrameHeader]) -> tuple[np.ndarray, FrameHeader, np.ndarray]:
    """Return the slice of each frame, the first frame along the normal, and the way from slice to slice."""
    normal = np.cross(*plane_directions(source, headers[0]))
    positions = np.array([plane_position(source, header) for header in headers])
    offsets = positions @ normal
    first, last = int(offsets.argmin()), int(offsets.argmax())
    gaps = np.diff(np.sort(offsets))
    gaps = gaps[gaps > _SAME_PLACE_MM]
    if not len(gaps):
        thickness = headers[0].number("SpacingBetweenSlices") or headers[0].number("SliceThickness") or 1.0
        return np.zeros(len(headers), int), headers[first], normal * thickness
    places = (offsets - offsets[first]) / gaps.min()
    indices = np.rint(places).astype(int)
    if np.abs(places - indices).max() > _UNEVEN_SHARE:
        raise SourceRefused(
            f"{source}: required frames on evenly spaced slices, found gaps of {gaps.min():.2f} mm and others"
        )
    return indices, headers[first], (positions[last] - positions[first]) / indices[last]


def _segment_number(header: FrameHeader) -> int:
    number = header.number("ReferencedSegmentNumber")
    if number is None or number < 1:
        raise SourceRefused(
            f"{header.source}: required the number of a segment, found none; write the segmentation again"
        )
    return int(number)
