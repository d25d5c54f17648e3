"""The findings of a volume as a CSV table, the surest first."""

import csv
from collections.abc import Sequence
from pathlib import Path

from app.imaging.records import finding_record
from models.imaging.answer import Finding

_COLUMNS = ("rank", "label", "score", "x_mm", "y_mm", "z_mm", "diameter_mm", "object")


def write_findings(path: Path, findings: Sequence[Finding]) -> None:
    """Write one row a finding; x, y and z rise to the patient's left, to the back and to the head.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
        table.writeheader()
        for rank, finding in enumerate(findings, 1):
            record = finding_record(rank, finding)
            table.writerow({**record, **dict(zip(("x_mm", "y_mm", "z_mm"), record["position_mm"], strict=True))})
