"""Findings: ranked, each once, with the voxels that belong to them."""

import numpy as np
import pytest

from models.imaging.answer import Progress
from models.imaging.finished import finish
from models.nodules.finding import find_nodules
from models.nodules.outlines import label_map
from models.nodules.ranking import rank
from tests.models.nodules.made_lungs import make_scan, stored

BALLS = [((45.0, -8.0, 6.0), 12.0, 30.0), ((-45.0, 12.0, -6.0), 8.0, 30.0)]


def by_brightness(cubes: np.ndarray) -> np.ndarray:
    """Answer as a network would that knows nothing but balls of 14 mm: bright in the middle, dark around."""
    inner, outer = cubes[:, 10:14, 10:14, 10:14].mean((1, 2, 3)), cubes[:, :4].mean((1, 2, 3))
    return np.stack([(inner - outer) / 20 - 4, np.full(len(cubes), np.log(14.0))], 1).astype(np.float32)


def test_nodules_are_found_where_they_are_and_progress_rises_to_the_end() -> None:
    work = find_nodules(stored(make_scan(BALLS)), by_brightness, least_score=0.5)
    steps: list[Progress] = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            found = end.value
            break
    assert len(found.findings) == 2
    places = sorted(finding.centre_mm for finding in found.findings)
    for place, (centre, *_) in zip(places, sorted(BALLS), strict=True):
        assert place == pytest.approx(centre, abs=1.0)
    shares = [step.done / step.total for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_label_map_holds_each_finding_under_its_number_on_the_grid_of_the_file() -> None:
    volume = make_scan(BALLS)
    found = finish(find_nodules(stored(volume), by_brightness, least_score=0.5))
    labels = label_map(found.lungs, list(found.findings), volume.grid)
    assert labels.shape == volume.grid.shape
    for finding in found.findings:
        ball = min(BALLS, key=lambda one: abs(one[0][0] - finding.centre_mm[0]))
        voxels = np.argwhere(labels == finding.number)
        assert volume.grid.positions_mm(voxels).mean(0) == pytest.approx(ball[0], abs=1.0)
        assert len(voxels) * volume.grid.voxel_mm3 == pytest.approx(np.pi / 6 * ball[1] ** 3, rel=0.35)


def test_a_scan_without_lungs_has_no_findings() -> None:
    found = finish(find_nodules(stored(make_scan(lungs_hu=-1000.0)), by_brightness, least_score=0.5))
    assert found.findings == ()
    assert found.lungs is None


def test_what_lies_within_a_surer_finding_is_left_out_and_the_surest_comes_first() -> None:
    positions = np.array([[0.0, 0, 0], [3, 0, 0], [12, 0, 0], [30, 0, 0]])
    answers = np.array([[1.0, np.log(10)], [2.0, np.log(10)], [0.5, np.log(10)], [-6.0, np.log(5)]])
    findings = rank(positions, answers, least_score=0.1)
    assert [finding.centre_mm[0] for finding in findings] == [3, 12]
    assert [finding.diameter_mm for finding in findings] == [10, 10]
