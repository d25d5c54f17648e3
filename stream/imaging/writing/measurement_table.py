"""The measurements of regions as a CSV table: a row a region, a column a measurement, its unit in the column's name."""

import csv
from collections.abc import Sequence
from pathlib import Path

from models.imaging.region_measures import MeasuredRegion
from models.results import Measurement
from models.whole_file import whole_file
from stream.errors import StreamError

_FIRST_COLUMNS = ("source", "object", "label", "score")
_DIGITS = 6


def write_measurements(path: Path, regions: Sequence[tuple[str, MeasuredRegion]]) -> None:
    """Write regions, each with the name of the input that it was found in.

    Columns are `source`, `object` (the number in the label map), `label`, `score`, then `<name>_<unit>` such as
    `volume_mm3`. What was not measured of a region stays empty.

    Raises:
        StreamError: the file cannot be written.
    """
    columns = dict.fromkeys(_column(measured) for _, region in regions for measured in region.measurements)
    try:
        with whole_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, [*_FIRST_COLUMNS, *columns], restval="")
            table.writeheader()
            for source, region in regions:
                score = "" if region.score is None else f"{region.score:.4f}"
                values = {_column(measured): f"{measured.value:.{_DIGITS}g}" for measured in region.measurements}
                table.writerow(
                    {"source": source, "object": region.number, "label": region.label, "score": score, **values}
                )
    except OSError as error:
        raise StreamError(f"the table {path} cannot be written: {error}") from error


def _column(measured: Measurement) -> str:
    unit = {"%": "percent", "Bq/ml": "bq_ml", "count": ""}.get(measured.unit, measured.unit)
    return f"{measured.name}_{unit}" if unit else measured.name
