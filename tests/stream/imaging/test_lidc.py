"""LIDC-IDRI's layout: DICOM slices with the radiologists' XML beside them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from stream.imaging.lidc import read_lidc
from tests.stream.imaging.dicom.made_slices import make_slice

SERIES = "1.2.3.4"
HEADER = f"<ResponseHeader><SeriesInstanceUid>{SERIES}</SeriesInstanceUid></ResponseHeader>"


def make_scan(folder: Path, sessions: Sequence[str], *, header: str = HEADER, before: str = "") -> Path:
    """Write a series of ten slices, 2 mm apart from z = -100 mm on, of 40 x 40 pixels of 0.5 mm, and its XML."""
    folder.mkdir(parents=True)
    for index in range(10):
        make_slice(
            folder / f"{index:03d}.dcm",
            np.full((40, 40), 100, np.uint16),
            (-50.0, 20.0, -100.0 + 2 * index),
            PixelSpacing=[0.5, 0.5],
        )
    body = "\n".join(f"<readingSession>\n{session}\n</readingSession>" for session in sessions)
    text = f'<?xml version="1.0"?>\n{before}<LidcReadMessage xmlns="http://www.nih.gov">\n{header}\n{body}\n</LidcReadMessage>'
    (folder / "069.xml").write_text(text)
    return folder


def disc(z_mm: float, radius: float, *, centre: tuple[int, int] = (20, 16), inclusion: str = "TRUE") -> str:
    """Return the contour around a disc, columns and rows in pixels."""
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    points = dict.fromkeys(
        (round(centre[0] + radius * np.cos(turn)), round(centre[1] + radius * np.sin(turn))) for turn in turns
    )
    edges = "".join(f"<edgeMap><xCoord>{x}</xCoord><yCoord>{y}</yCoord></edgeMap>" for x, y in points)
    return f"<roi><imageZposition>{z_mm}</imageZposition><inclusion>{inclusion}</inclusion>\n{edges}</roi>"


def nodule(*regions: str, malignancy: int = 3) -> str:
    ratings = f"<characteristics><malignancy>{malignancy}</malignancy></characteristics>"
    return f"<unblindedReadNodule><noduleID>1</noduleID>{ratings}\n{''.join(regions)}</unblindedReadNodule>"


BALL = nodule(disc(-94, 5), disc(-92, 8), disc(-90, 9), disc(-88, 8), disc(-86, 5))


def test_a_nodule_that_three_outlined_is_judged_and_lies_where_they_drew_it(tmp_path: Path) -> None:
    make_scan(tmp_path / "a", [BALL, BALL, BALL, ""])
    (scan,) = read_lidc(tmp_path)
    assert (scan.name, scan.location) == (SERIES, tmp_path / "a")
    (lesion,) = scan.nodules
    assert lesion.is_judged
    assert lesion.position_mm == pytest.approx((-50 + 20 * 0.5, 20 + 16 * 0.5, -90), abs=0.2)
    areas = [np.pi * (radius * 0.5) ** 2 for radius in (5, 8, 9, 8, 5)]
    assert lesion.diameter_mm == pytest.approx((6 / np.pi * 2 * sum(areas)) ** (1 / 3), rel=0.12)


def test_what_two_saw_and_what_is_only_a_point_may_be_found_or_not(tmp_path: Path) -> None:
    point = (
        "<unblindedReadNodule><roi><imageZposition>-84</imageZposition><inclusion>TRUE</inclusion>"
        "<edgeMap><xCoord>5</xCoord><yCoord>6</yCoord></edgeMap></roi></unblindedReadNodule>"
    )
    make_scan(tmp_path / "a", [BALL, BALL + point, point, point])
    (scan,) = read_lidc(tmp_path)
    assert [lesion.is_judged for lesion in scan.nodules] == [False, False]
    assert {round(lesion.diameter_mm) for lesion in scan.nodules} == {3, 9}


def test_a_hole_makes_a_nodule_smaller(tmp_path: Path) -> None:
    holed = nodule(disc(-90, 9), disc(-90, 6, inclusion="FALSE"))
    make_scan(tmp_path / "a", [nodule(disc(-90, 9))] * 3)
    make_scan(tmp_path / "b" / "c", [holed] * 3)
    whole, less = (read_lidc(tmp_path / name)[0].nodules[0] for name in ("a", "b"))
    assert less.diameter_mm < 0.9 * whole.diameter_mm


@pytest.mark.parametrize(
    ("session", "complaint"),
    [
        (nodule(disc(-93, 5)), r"069.xml:7: no slice of the series lies at -93 mm"),
        (nodule(disc(-94, 5, centre=(38, 16))), r"069.xml:7: points must lie in slices of 40 x 40 pixels"),
        (nodule(disc(-94, 5).replace("TRUE", "maybe")), r"069.xml:7: inclusion must be TRUE or FALSE, got 'MAYBE'"),
        (nodule(disc(-94, 5).replace("-94", "high")), r"069.xml:7: imageZposition must be a number, got 'high'"),
        (nodule(), r"069.xml:6: a nodule must have at least one roi, found none"),
    ],
)
def test_a_wrong_mark_is_refused_by_file_and_line(tmp_path: Path, session: str, complaint: str) -> None:
    make_scan(tmp_path / "a", [f"\n{session}"])
    with pytest.raises(ValueError, match=complaint):
        read_lidc(tmp_path)


def test_xml_that_is_cut_off_or_declares_entities_or_is_of_another_series_is_refused(tmp_path: Path) -> None:
    cut = make_scan(tmp_path / "cut", [BALL]) / "069.xml"
    cut.write_text(cut.read_text()[:-30])
    with pytest.raises(ValueError, match=r"069.xml:\d+: must be whole XML"):
        read_lidc(tmp_path / "cut")
    make_scan(tmp_path / "bomb", [BALL], before='<!DOCTYPE lolz [<!ENTITY lol "lol">]>\n')
    with pytest.raises(ValueError, match=r"069.xml:2: must declare no document type"):
        read_lidc(tmp_path / "bomb")
    make_scan(tmp_path / "other", [BALL], header=HEADER.replace(SERIES, "9.9"))
    with pytest.raises(ValueError, match=r"required the marks of the series beside it, 1.2.3.4, got 9.9"):
        read_lidc(tmp_path / "other")


def test_a_folder_without_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found no XML file"):
        read_lidc(tmp_path)
