"""A DICOM segmentation (SEG) of a series."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from models.imaging.region_measures import MeasuredRegion
from models.imaging.voxel_grid import VoxelGrid
from stream.dicom_report import Code
from stream.imaging.writing.dicom_codes import coded, kind_of, region_name
from stream.imaging.writing.dicom_study import free_series_number

MAKER = "Vigil"


@dataclass(frozen=True)
class SegmentingModel:
    """What made the segmentation."""

    name: str
    version: str
    """Such as the first digits of the sha256 of its weights."""


def make_segmentation(
    hd: Any,
    sources: Sequence[Dataset],
    labels: np.ndarray,
    grid: VoxelGrid,
    regions: Sequence[MeasuredRegion],
    model: SegmentingModel,
) -> Any:
    numbers = np.zeros(int(labels.max()) + 1, np.uint16)
    for segment, region in enumerate(regions, 1):
        numbers[region.number] = segment
    return hd.seg.Segmentation(
        source_images=list(sources),
        pixel_array=numbers[labels],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(hd, number, region, model) for number, region in enumerate(regions, 1)],
        series_instance_uid=generate_uid(),
        series_number=free_series_number(sources) + 1,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=model.name,
        software_versions=model.version,
        device_serial_number=MAKER,
        content_label="SEGMENTATION",
        **_planes(hd, sources, grid),
    )


def _planes(hd: Any, sources: Sequence[Dataset], grid: VoxelGrid) -> dict[str, Any]:
    """Say where each slice lies when they come from one object of many frames, whose own order may be another."""
    if len(sources) == grid.shape[0]:
        return {}
    positions = grid.positions_mm(np.array([[depth, 0, 0] for depth in range(grid.shape[0])]))
    rows, columns = grid.directions[:, 2], grid.directions[:, 1]
    depth_mm, height_mm, width_mm = grid.spacing_mm
    return {
        "plane_positions": [hd.PlanePositionSequence("PATIENT", position.tolist()) for position in positions],
        "plane_orientation": hd.PlaneOrientationSequence("PATIENT", [*rows.tolist(), *columns.tolist()]),
        "pixel_measures": hd.PixelMeasuresSequence([height_mm, width_mm], depth_mm, depth_mm),
    }


def _segment(hd: Any, number: int, region: MeasuredRegion, model: SegmentingModel) -> Any:
    category, kind = kind_of(region.label)
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=region_name(region),
        segmented_property_category=coded(hd, category),
        segmented_property_type=coded(hd, kind),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=model.name, version=model.version, family=coded(hd, Code("123110", "DCM", "Artificial Intelligence"))
        ),
        tracking_uid=generate_uid(),
        tracking_id=region_name(region),
    )
