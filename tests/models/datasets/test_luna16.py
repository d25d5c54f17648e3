"""LUNA16's layout, and what is refused of it by file and line."""

from pathlib import Path

import pytest

from models.datasets.luna16 import read_luna16

HEADING = "seriesuid,coordX,coordY,coordZ,diameter_mm\n"


def make_set(folder: Path, annotations: str, **tables: str) -> Path:
    for number, name in enumerate(("1.2.3", "1.2.4")):
        subset = folder / f"subset{number}"
        subset.mkdir(parents=True)
        (subset / f"{name}.mhd").touch()
    (folder / "annotations.csv").write_text(annotations)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_scans_are_found_with_their_nodules_and_those_without_are_free_of_them(tmp_path: Path) -> None:
    made = make_set(
        tmp_path,
        f"{HEADING}1.2.3,-128.6,-175.3,-298.4,5.65\n1.2.3,103.7,-211.9,-227.1,4.2\n",
        annotations_excluded=f"{HEADING}1.2.4,10,20,30,-1.0\n",
        candidates="seriesuid,coordX,coordY,coordZ,class\n1.2.4,1,2,3,0\n1.2.3,-128,-175,-298,1\n",
    )
    first, second = read_luna16(made)
    assert first.location == tmp_path / "subset0" / "1.2.3.mhd"
    assert [nodule.diameter_mm for nodule in first.nodules] == [5.65, 4.2]
    assert first.nodules[0].position_mm == (-128.6, -175.3, -298.4)
    assert [place.is_nodule for place in (*first.candidates, *second.candidates)] == [True, False]
    assert [nodule.is_judged for nodule in second.nodules] == [False]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("1.2.9,1,2,3,4", r"annotations.csv:3: the scan 1.2.9 is missing"),
        ("1.2.3,left,2,3,4", r"annotations.csv:3: coordX must be a number, got 'left'"),
        ("1.2.3,1,2,nan,4", r"annotations.csv:3: coordZ must be a number, got 'nan'"),
        ("1.2.3,1,2,3,-4", r"annotations.csv:3: diameter_mm must lie in 0..100, got -4"),
    ],
)
def test_a_wrong_row_is_refused_by_file_and_line(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_luna16(make_set(tmp_path, f"{HEADING}1.2.3,1,2,3,4\n{row}\n"))


def test_a_table_without_a_column_and_a_folder_without_scans_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"annotations.csv:1: the heading must have diameter_mm"):
        read_luna16(make_set(tmp_path / "set", "seriesuid,coordX,coordY,coordZ\n"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"required scans in .mhd, found none"):
        read_luna16(tmp_path / "empty")


def test_two_scans_of_one_name_and_a_class_that_is_none_are_refused(tmp_path: Path) -> None:
    made = make_set(tmp_path, HEADING, candidates="seriesuid,coordX,coordY,coordZ,class\n1.2.3,1,2,3,yes\n")
    (made / "subset1" / "1.2.3.mhd").touch()
    with pytest.raises(ValueError, match=r"(?s)lies also at .*candidates.csv:2: class must be 0 or 1, got 'yes'"):
        read_luna16(made)
