"""Contours and known volumes of Sunnybrook Cardiac Data."""

from pathlib import Path

import pytest

from models.datasets.sunnybrook import read_inner_contours, read_known_volumes


def test_contours_are_known_by_the_instance_of_their_image(shared_data: Path) -> None:
    contours = read_inner_contours(shared_data / "cardiac_mr" / "SCD0000101" / "contours")
    assert len(contours) == 18
    assert contours[48][:2].tolist() == [[120.5, 137.5], [120.5, 137.0]]


def test_ejection_fraction_follows_from_the_known_volumes(shared_data: Path) -> None:
    known = {one.patient: one for one in read_known_volumes(shared_data / "cardiac_mr" / "labels.csv")}
    assert known["SCD0000101"].ef_percent == pytest.approx(26.2, abs=0.1)
    assert known["SCD0000201"].ef_percent == pytest.approx(25.5, abs=0.1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "found none"), ("1 2\n3 four\n", "two numbers a line"), ("1 2\n3 4\n", "at least three lines")],
)
def test_broken_contours_are_refused_by_name(tmp_path: Path, content: str | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "IM-0001-0007-icontour-manual.txt").write_text(content)
    with pytest.raises(ValueError, match=f"(IM-0001-0007|{tmp_path.name}).*{reason}"):
        read_inner_contours(tmp_path)


def test_a_table_without_its_columns_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("patient,EDV_ml\nA,1\n")
    with pytest.raises(ValueError, match=r"labels\.csv must be a table with the columns"):
        read_known_volumes(tmp_path / "labels.csv")
