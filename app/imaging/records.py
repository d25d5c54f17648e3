"""The records of what a model says of a picture or a volume: those of `stream.batch.records`, and findings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.imaging.answer import Finding, ImagingAnswer
from models.imaging.region_measures import MeasuredRegion
from models.predictor import ModelCard
from models.results import Measurement, Segmentation, result_to_json
from stream.batch.records import Record

_EXTENT_NAMES = ("volume", "area")


def imaging_records(
    source: str, card: ModelCard, answer: ImagingAnswer, *, label_map: Path | None, regions: Sequence[MeasuredRegion]
) -> list[Record]:
    """Return records, one for the objects, one for the label map, one a measurement and one a finding.

    Args:
        source: what was read.
        card: of the model that answered.
        answer: what it said.
        label_map: where its label map was written, if it gave one.
        regions: what was measured of it.
    """
    # Pictures and volumes have no times; records of every kind have the same first fields.
    common: Record = {"source": source, "model": card.name, "weights": card.weights_sha256}
    common |= {"start_seconds": None, "end_seconds": None}
    records = []
    if answer.objects is not None:
        records.append(result_to_json(answer.objects))
    if label_map is not None:
        records.append(result_to_json(_segmentation(label_map, regions)))
    records += [result_to_json(measurement) for measurement in answer.measurements]
    records += [finding_record(rank, finding) for rank, finding in enumerate(answer.findings, 1)]
    return [{"kind": record["kind"], **common, **record} for record in records]


def finding_record(rank: int, finding: Finding) -> dict[str, Any]:
    """Return a finding; `position_mm` is left, posterior, superior, `object` its number in the label map."""
    return {
        "kind": "finding",
        "rank": rank,
        "label": finding.label,
        "score": round(finding.score, 6),
        "position_mm": [round(length, 3) for length in finding.centre_mm],
        "diameter_mm": round(finding.diameter_mm, 3),
        "object": finding.number,
    }


def _segmentation(label_map: Path, regions: Sequence[MeasuredRegion]) -> Segmentation:
    """Return the extent of each label, in the most telling unit that it was measured in."""
    extents: dict[str, float] = {}
    unit = ""
    for region in regions:
        measured = _extent(region)
        extents[region.label] = extents.get(region.label, 0.0) + measured.value
        unit = measured.unit
    return Segmentation(label_map.name, tuple(extents), tuple(extents.values()), unit)


def _extent(region: MeasuredRegion) -> Measurement:
    """Return its volume, or its area: the last one is in millimetres where the spacing is known."""
    return [measured for measured in region.measurements if measured.name in _EXTENT_NAMES][-1]
