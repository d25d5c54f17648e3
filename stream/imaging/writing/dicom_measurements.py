"""A measurement report (SR, TID 1500) of the regions of a segmentation."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from models.imaging.region_measures import MeasuredRegion
from stream.dicom_report import Code
from stream.imaging.writing.dicom_codes import coded, kind_of, region_name
from stream.imaging.writing.dicom_segmentation import MAKER, SegmentingModel
from stream.imaging.writing.dicom_study import free_series_number

_MEASURES = {
    ("volume", "mm3"): (Code("118565006", "SCT", "Volume"), Code("mm3", "UCUM", "cubic millimeter")),
    ("diameter", "mm"): (Code("81827009", "SCT", "Diameter"), Code("mm", "UCUM", "millimeter")),
    ("mean", "HU"): (Code("373098007", "SCT", "Mean"), Code("[hnsf'U]", "UCUM", "Hounsfield unit")),
    ("mean", "SUV"): (Code("373098007", "SCT", "Mean"), Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value")),
    ("max", "SUV"): (Code("56851009", "SCT", "Maximum"), Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value")),
}


def make_report(
    hd: Any,
    sources: Sequence[Dataset],
    segmentation: Any,
    regions: Sequence[MeasuredRegion],
    model: SegmentingModel,
) -> Any:
    observer = hd.sr.ObserverContext(
        observer_type=coded(hd, Code("121007", "DCM", "Device")),
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=generate_uid(), name=model.name, manufacturer_name=MAKER
        ),
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=coded(hd, Code("363679005", "SCT", "Imaging procedure")),
        imaging_measurements=[
            _group(hd, sources[0], segmentation, number, region) for number, region in enumerate(regions, 1)
        ],
    )
    return hd.sr.Comprehensive3DSR(
        evidence=[*sources, segmentation],
        content=content[0],
        series_instance_uid=generate_uid(),
        series_number=free_series_number(sources) + 2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
    )


def _group(hd: Any, source: Dataset, segmentation: Any, number: int, region: MeasuredRegion) -> Any:
    segment = segmentation.SegmentSequence[number - 1]
    known: Mapping[Any, Any] = _MEASURES
    measured = [
        hd.sr.Measurement(coded(hd, concept), round(measurement.value, 3), coded(hd, unit))
        for measurement in region.measurements
        for concept, unit in [known.get((measurement.name, measurement.unit), (None, None))]
        if concept is not None
    ]
    return hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=segment.TrackingUID, identifier=region_name(region)),
        referenced_segment=hd.sr.ReferencedSegment(
            segmentation.SOPClassUID,
            segmentation.SOPInstanceUID,
            segment_number=number,
            source_series=hd.sr.SourceSeriesForSegmentation(source.SeriesInstanceUID),
        ),
        finding_type=coded(hd, kind_of(region.label)[1]),
        measurements=measured or None,
    )
