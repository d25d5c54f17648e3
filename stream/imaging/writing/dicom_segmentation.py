"""DICOM segmentations (SEG) and measurement reports (SR, TID 1500) of a series; needs the extra `dicom-out`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from models.imaging.region_measures import MeasuredRegion
from models.imaging.voxel_grid import VoxelGrid
from models.whole_file import whole_file
from stream.dicom_report import Code
from stream.errors import StreamError
from stream.imaging.budget import refusing
from stream.sources.dicom_header import quiet_pydicom

MAKER = "Vigil"
STRUCTURE = Code("123037004", "SCT", "Anatomical Structure")
ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
KINDS: dict[str, tuple[Code, Code]] = {
    "nodule": (ABNORMAL, Code("27925004", "SCT", "Nodule")),
    "lesion": (ABNORMAL, Code("52988006", "SCT", "Lesion")),
    "liver": (STRUCTURE, Code("10200004", "SCT", "Liver")),
    "left ventricle": (STRUCTURE, Code("87878005", "SCT", "Left ventricle of heart")),
}
"""Category and type of what has a code of its own; anything else is an anatomical structure with its label."""
_SHARED_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_MAY_BE_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_MEASURES = {
    ("volume", "mm3"): (Code("118565006", "SCT", "Volume"), Code("mm3", "UCUM", "cubic millimeter")),
    ("diameter", "mm"): (Code("81827009", "SCT", "Diameter"), Code("mm", "UCUM", "millimeter")),
    ("mean", "HU"): (Code("373098007", "SCT", "Mean"), Code("[hnsf'U]", "UCUM", "Hounsfield unit")),
    ("mean", "SUV"): (Code("373098007", "SCT", "Mean"), Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value")),
    ("max", "SUV"): (Code("56851009", "SCT", "Maximum"), Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value")),
}


@dataclass(frozen=True)
class SegmentingModel:
    """What made the segmentation."""

    name: str
    version: str
    """Such as the first digits of the sha256 of its weights."""


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
        sources = _read_sources(references)
        segmentation = _segmentation(hd, sources, labels, grid, regions, model)
        report = _report(hd, sources, segmentation, regions, model)
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


def _read_sources(references: Sequence[str]) -> list[Dataset]:
    """Read the headers of a series; what an anonymiser emptied gets identities that hold for this one output."""
    sources: list[Dataset] = []
    made: dict[str, str] = {}
    for reference in references:
        with refusing(reference, "a readable DICOM header"):
            source = dcmread(reference, stop_before_pixels=True)
            source.SOPClassUID = source.get("SOPClassUID") or source.file_meta.MediaStorageSOPClassUID
            source.SOPInstanceUID = source.get("SOPInstanceUID") or source.file_meta.MediaStorageSOPInstanceUID
        for keyword in _SHARED_UIDS:
            if not source.get(keyword):
                setattr(source, keyword, made.setdefault(keyword, generate_uid()))
        for keyword in _MAY_BE_EMPTY:
            if keyword not in source or (keyword.endswith("Date") and not _is_date(source.get(keyword))):
                setattr(source, keyword, "")
        # They make one volume, whatever an anonymiser wrote into each of its slices.
        source.FrameOfReferenceUID = sources[0].FrameOfReferenceUID if sources else source.FrameOfReferenceUID
        sources.append(source)
    return sources


def _is_date(value: object) -> bool:
    try:
        return bool(datetime.strptime(str(value), "%Y%m%d"))
    except ValueError:
        return False


def _segmentation(
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
        series_number=_series_number(sources) + 1,
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
    category, kind = _kind(region.label)
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=_name(region),
        segmented_property_category=_coded(hd, category),
        segmented_property_type=_coded(hd, kind),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=model.name, version=model.version, family=_coded(hd, Code("123110", "DCM", "Artificial Intelligence"))
        ),
        tracking_uid=generate_uid(),
        tracking_id=_name(region),
    )


def _report(
    hd: Any,
    sources: Sequence[Dataset],
    segmentation: Any,
    regions: Sequence[MeasuredRegion],
    model: SegmentingModel,
) -> Any:
    observer = hd.sr.ObserverContext(
        observer_type=_coded(hd, Code("121007", "DCM", "Device")),
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=generate_uid(), name=model.name, manufacturer_name=MAKER
        ),
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=_coded(hd, Code("363679005", "SCT", "Imaging procedure")),
        imaging_measurements=[
            _group(hd, sources[0], segmentation, number, region) for number, region in enumerate(regions, 1)
        ],
    )
    return hd.sr.Comprehensive3DSR(
        evidence=[*sources, segmentation],
        content=content[0],
        series_instance_uid=generate_uid(),
        series_number=_series_number(sources) + 2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
    )


def _group(hd: Any, source: Dataset, segmentation: Any, number: int, region: MeasuredRegion) -> Any:
    segment = segmentation.SegmentSequence[number - 1]
    known: Mapping[Any, Any] = _MEASURES
    measured = [
        hd.sr.Measurement(_coded(hd, concept), round(measurement.value, 3), _coded(hd, unit))
        for measurement in region.measurements
        for concept, unit in [known.get((measurement.name, measurement.unit), (None, None))]
        if concept is not None
    ]
    return hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=segment.TrackingUID, identifier=_name(region)),
        referenced_segment=hd.sr.ReferencedSegment(
            segmentation.SOPClassUID,
            segmentation.SOPInstanceUID,
            segment_number=number,
            source_series=hd.sr.SourceSeriesForSegmentation(source.SeriesInstanceUID),
        ),
        finding_type=_coded(hd, _kind(region.label)[1]),
        measurements=measured or None,
    )


def _kind(label: str) -> tuple[Code, Code]:
    return KINDS.get(label.lower(), (STRUCTURE, STRUCTURE))


def _name(region: MeasuredRegion) -> str:
    return f"{region.label} {region.number}"[:64]


def _coded(hd: Any, code: Code) -> Any:
    return hd.sr.CodedConcept(code.value, code.scheme, code.meaning)


def _series_number(sources: Sequence[Dataset]) -> int:
    """Return a number that no series of the scanner is likely to bear."""
    return 1000 + int(sources[0].get("SeriesNumber") or 0) % 1000


def _saved(path: Path, made: Dataset) -> Path:
    try:
        with whole_file(path) as draft:
            made.save_as(draft, enforce_file_format=True)
    except OSError as error:
        raise StreamError(f"the DICOM result {path} cannot be written: {error}") from error
    return path
