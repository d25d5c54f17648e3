"""LUNA16: CT in MetaImage, with nodules in annotations.csv and proposals in candidates.csv.

Source: Setio et al., "Validation, comparison, and combination of algorithms for automatic detection of pulmonary
nodules", Medical Image Analysis 42:1, 2017, arXiv:1612.08012; the layout is that of luna16.grand-challenge.org: folders
subset0 to subset9 of .mhd and .raw named by SeriesInstanceUID, and tables with coordX, coordY, coordZ in world
millimetres, which are LPS.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from models.datasets.labelled_scan import LabelledPlace, LabelledScan
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table
from models.evaluation.froc import Lesion

ANNOTATIONS, EXCLUDED = "annotations.csv", "annotations_excluded.csv"
CANDIDATES = ("candidates.csv", "candidates_V2.csv")
_PLACE = ("coordX", "coordY", "coordZ")
_LARGEST_MM = 100.0


def read_luna16(folder: Path, *, tables: Path | None = None) -> list[LabelledScan]:
    """Return the scans, sorted by name; those without a row in the tables are free of nodules.

    Args:
        folder: with the scans, at any depth.
        tables: folder of the tables; None: the same. Only annotations.csv must be there; what stands in
            annotations_excluded.csv may be found or not.

    Raises:
        ValueError: there is no scan, a table lacks a column, a value is no number or out of range, a nodule belongs to
            no scan, or two scans share a name; one line each.
    """
    tables, problems = tables or folder, Problems()
    scans = _find_scans(folder, problems)
    nodules = _read_nodules(tables / ANNOTATIONS, scans, problems, is_judged=True)
    if (tables / EXCLUDED).exists():
        for name, others in _read_nodules(tables / EXCLUDED, scans, problems, is_judged=False).items():
            nodules[name] += others
    named = next((tables / name for name in CANDIDATES if (tables / name).exists()), None)
    candidates = _read_candidates(named, scans, problems) if named else {}
    problems.raise_if_any()
    return [
        LabelledScan(name, scans[name], tuple(nodules.get(name, ())), tuple(candidates.get(name, ())))
        for name in sorted(scans)
    ]


def table_text(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as LUNA16 writes it."""
    lines = [",".join(heading), *(",".join(str(cell) for cell in row) for row in rows)]
    return "\n".join(lines) + "\n"


def _find_scans(folder: Path, problems: Problems) -> dict[str, Path]:
    if not folder.is_dir():
        raise ValueError(f"{folder}: required a folder with scans in .mhd, found none of this name")
    scans: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.mhd")):
        if path.stem in scans:
            problems.add(path, f"a scan of this name lies also at {scans[path.stem]}; keep one of them")
        scans[path.stem] = path
    if not scans:
        raise ValueError(f"{folder}: required scans in .mhd, found none")
    return scans


def _read_nodules(
    table: Path, scans: Mapping[str, Path], problems: Problems, *, is_judged: bool
) -> defaultdict[str, list[Lesion]]:
    found: defaultdict[str, list[Lesion]] = defaultdict(list)
    for row in read_table(table, required=("seriesuid", *_PLACE, "diameter_mm")):
        position, diameter = _position(row, problems), row.number("diameter_mm", problems)
        if _is_known(row, scans, problems) and position is not None and diameter is not None:
            if is_judged and not 0 < diameter <= _LARGEST_MM:
                problems.add(row.place, f"diameter_mm must lie in 0..{_LARGEST_MM:g}, got {diameter:g}")
            # Findings that are not nodules have no diameter: -1.
            found[row["seriesuid"]].append(Lesion(position, diameter if diameter > 0 else 10.0, is_judged))
    return found


def _read_candidates(
    table: Path, scans: Mapping[str, Path], problems: Problems
) -> defaultdict[str, list[LabelledPlace]]:
    found: defaultdict[str, list[LabelledPlace]] = defaultdict(list)
    for row in read_table(table, required=("seriesuid", *_PLACE, "class")):
        if row["class"] not in ("0", "1"):
            problems.add(row.place, f"class must be 0 or 1, got {row['class']!r}")
        position = _position(row, problems)
        if _is_known(row, scans, problems) and position is not None:
            found[row["seriesuid"]].append(LabelledPlace(position, row["class"] == "1"))
    return found


def _is_known(row: Row, scans: Mapping[str, Path], problems: Problems) -> bool:
    if row["seriesuid"] in scans:
        return True
    problems.add(row.place, f"the scan {row['seriesuid']} is missing")
    return False


def _position(row: Row, problems: Problems) -> tuple[float, float, float] | None:
    x, y, z = (row.number(column, problems) for column in _PLACE)
    return None if x is None or y is None or z is None else (x, y, z)
