"""DICOM results of a series, a segmentation and a measurement report; needs the extra `dicom-out`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from models.imaging.region_measures import MeasuredRegion
from models.imaging.voxel_grid import VoxelGrid
from models.whole_file import whole_file
from stream.errors import StreamError
from stream.imaging.writing.dicom_measurements import make_report
from stream.imaging.writing.dicom_segmentation import SegmentingModel, make_segmentation
from stream.imaging.writing.dicom_study import read_study
from stream.sources.dicom_header import quiet_pydicom


def write_dicom_results(
    folder: Path,
    stem: str,
    references: Sequence[str],
    labels: np.ndarray,
    grid: VoxelGrid,
    *,
    regions: Sequence[MeasuredRegion],
    model: SegmentingModel,
) -> tuple[Path, ...]:
    """Write `<stem>_seg.dcm` and `<stem>_sr.dcm` into the study of the series that was read.

    Args:
        folder: where to.
        stem: of both names.
        references: the files of the series in the order of its slices, as `StoredVolume.references` has them.
        labels: whole numbers, 0 for the background, shape (D, H, W) of the grid.
        grid: of the series.
        regions: what the numbers stand for, with what was measured; a label without a region is left out.
        model: what made the labels.

    Returns:
        The files; none where there is no region, since DICOM knows no empty segmentation.

    Raises:
        ValueError: the labels are not of the grid's shape.
        SourceRefused: the series cannot be read again.
        StreamError: highdicom is not installed, or the files cannot be written.

    Source: DICOM PS3.3 A.51 (Segmentation), PS3.16 TID 1500 (Measurement Report).
    """
    if labels.shape != grid.shape:
        raise ValueError(f"labels must have the shape of the grid {grid.shape}, got {labels.shape}")
    if not regions:
        return ()
    hd = _highdicom()
    with quiet_pydicom():
        sources = read_study(references)
        segmentation = make_segmentation(hd, sources, labels, grid, regions, model)
        report = make_report(hd, sources, segmentation, regions, model)
        return tuple(
            _saved(folder / f"{stem}_{kind}.dcm", made) for kind, made in (("seg", segmentation), ("sr", report))
        )


def _highdicom() -> Any:
    try:
        import highdicom
    except ImportError as error:
        raise StreamError(
            "required highdicom to write DICOM results, found it not installed; install the extra: "
            "pip install 'vigil[dicom-out]'"
        ) from error
    return highdicom


def _saved(path: Path, made: Dataset) -> Path:
    try:
        with whole_file(path) as draft:
            made.save_as(draft, enforce_file_format=True)
    except OSError as error:
        raise StreamError(f"the DICOM result {path} cannot be written: {error}") from error
    return path
