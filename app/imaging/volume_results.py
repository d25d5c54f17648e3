"""The files that a volume's labels become: a label map, a sheet of slices, a table, and DICOM where DICOM came in."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from app.pictures.canvas import Canvas
from app.pictures.montage import slice_montage
from models.imaging.region_measures import MeasuredRegion, measure_volume_regions
from models.samples import StoredVolume
from stream.imaging.opening import require_format
from stream.imaging.writing.dicom_results import write_dicom_results
from stream.imaging.writing.dicom_segmentation import SegmentingModel
from stream.imaging.writing.label_maps import write_label_volume
from stream.imaging.writing.measurement_table import write_measurements


def write_volume_results(
    folder: Path,
    stem: str,
    volume: StoredVolume,
    labels: np.ndarray,
    names: Mapping[int, str],
    *,
    scores: Mapping[int, float] | None = None,
    dicom_model: SegmentingModel | None = None,
) -> list[MeasuredRegion]:
    """Write `<stem>_labels.nii.gz`, `<stem>_overlay.png`, `<stem>_measurements.csv`, and for DICOM `_seg` and `_sr`.

    Args:
        folder: where to.
        stem: of all names.
        volume: that was read; its slices are read again, a few at a time.
        labels: whole numbers, 0 for the background, shape (D, H, W) of the volume's grid.
        names: what each number stands for.
        scores: of the model, for numbers that have one.
        dicom_model: what made the labels; given, DICOM objects are written too when the volume is DICOM.

    Returns:
        What was measured of each region.

    Raises:
        ValueError: the labels are not of the grid's shape.
        SourceRefused: the volume cannot be read again.
        StreamError: a file cannot be written.
    """
    measured = measure_volume_regions(
        labels,
        volume.grid,
        names,
        read_slice=lambda index: volume.read_slab(index, index + 1)[0, 0],
        unit=volume.intensity_unit,
    )
    regions = [_scored(region, scores or {}) for region in measured]
    write_label_volume(folder / f"{stem}_labels.nii.gz", labels, volume.grid)
    slices = _labelled_slices(labels)
    Canvas.over(slice_montage(volume, lambda index: labels[index], slices=slices)).save(folder / f"{stem}_overlay.png")
    write_measurements(folder / f"{stem}_measurements.csv", [(volume.source_id, region) for region in regions])
    if dicom_model is not None and _is_dicom(volume):
        write_dicom_results(folder, stem, volume.references, labels, volume.grid, regions=regions, model=dicom_model)
    return regions


def _scored(region: MeasuredRegion, scores: Mapping[int, float]) -> MeasuredRegion:
    return MeasuredRegion(region.number, region.label, region.measurements, scores.get(region.number))


def _labelled_slices(labels: np.ndarray) -> tuple[int, int] | None:
    found = [index for index, plane in enumerate(labels) if plane.any()]
    return (found[0], found[-1]) if found else None


def _is_dicom(volume: StoredVolume) -> bool:
    return bool(volume.references) and require_format(Path(volume.references[0])) == "dicom"
