"""Sunnybrook Cardiac Data: expert contours of the left ventricle in short-axis cine MR, and the known volumes.

Source: Radau et al., MIDAS Journal 49, 2009 (CC0): `IM-0001-NNNN-icontour-manual.txt` holds the inner border in the
image of instance NNNN, a line a point, x and y in pixels; `labels.csv` the volumes of each patient.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_CONTOUR = re.compile(r"IM-0001-(\d{4})-icontour-manual\.txt")
_COLUMNS = ("patient", "ed_phase", "es_phase", "EDV_ml", "ESV_ml", "EF_percent")


@dataclass(frozen=True)
class KnownVolumes:
    """What is known of one patient."""

    patient: str
    edv_ml: float
    """At the end of diastole, when the ventricle is largest."""
    esv_ml: float
    """At the end of systole."""

    @property
    def ef_percent(self) -> float:
        return 100 * (self.edv_ml - self.esv_ml) / self.edv_ml


def read_known_volumes(table: Path) -> list[KnownVolumes]:
    """Return the patients of `labels.csv`.

    Raises:
        ValueError: the table cannot be read, or a column or number is missing; the message names the file.
    """
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return [
                KnownVolumes(row["patient"], float(row["EDV_ml"]), float(row["ESV_ml"])) for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{table} must be a table with the columns {', '.join(_COLUMNS)}: {error}") from error


def read_inner_contours(folder: Path) -> dict[int, np.ndarray]:
    """Return the inner border by the instance number of its image, (N, 2), x and y in pixels.

    Raises:
        ValueError: there is none, or one cannot be read; the message names the file.
    """
    contours = {}
    for path in sorted(folder.glob("IM-*.txt")):
        if found := _CONTOUR.fullmatch(path.name):
            contours[int(found[1])] = _read_points(path)
    if not contours:
        raise ValueError(f"{folder}: required contours such as IM-0001-0048-icontour-manual.txt, found none")
    return contours


def _read_points(path: Path) -> np.ndarray:
    try:
        points = np.array([line.split() for line in path.read_text(encoding="utf-8").splitlines()], np.float64)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: a contour must hold two numbers a line: {error}") from error
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise ValueError(f"{path}: a contour must hold at least three lines of two numbers, found {points.shape}")
    return points
