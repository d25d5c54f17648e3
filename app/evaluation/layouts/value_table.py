"""Reads a CSV of true numbers, one row a video, such as EchoNet-Dynamic's FileList.csv."""

from collections.abc import Sequence

from app.evaluation.config import TruthConfig
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table
from models.evaluation.cases import Truth

VIDEO_SUFFIXES = ("", ".avi", ".mp4", ".dcm", ".mkv", ".mov")
PERCENT = "percent"


def read_values(config: TruthConfig, quantities: Sequence[str]) -> list[Truth]:
    """Return the truth of every row.

    Raises:
        ValueError: a column is missing, a number is none, or a percentage lies outside 0..100; a line for each.
    """
    if config.annotations is None:
        raise ValueError("truth.annotations must name the table of values for the layout values")
    problems, truths = Problems(), []
    columns = {quantity: config.value_columns.get(quantity, quantity) for quantity in quantities}
    places: dict[str, str] = {}
    for row in read_table(config.annotations, required=(config.file_column, *columns.values())):
        name = row[config.file_column]
        if config.split is not None and config.split not in (row["split"], row["Split"]):
            continue
        if name in places:
            problems.add(row.place, f"{name} stands in {places[name]} already")
        places[name] = row.place
        values = {quantity: _value(row, quantity, column, problems) for quantity, column in columns.items()}
        measurements = {quantity: value for quantity, value in values.items() if value is not None}
        groups = {group: row[group] for group in config.groups if row[group]}
        truths.append(Truth(name, _location(config, name), measurements=measurements, groups=groups))
    problems.raise_if_any()
    if not truths:
        raise ValueError(f"{config.annotations}: holds no row" + (f" of split {config.split}" if config.split else ""))
    return truths


def _value(row: Row, quantity: str, column: str, problems: Problems) -> float | None:
    value = row.number(column, problems)
    if value is not None and quantity.endswith(PERCENT) and not 0 <= value <= 100:
        problems.add(row.place, f"{column} must lie in 0..100, got {value:g}")
    return value


def _location(config: TruthConfig, name: str) -> str:
    paths = [config.videos / f"{name}{suffix}" for suffix in VIDEO_SUFFIXES]
    return str(next((path for path in paths if path.is_file()), paths[0]))
