"""Real recordings as training reads them: as they are, as other cameras would show them, and backwards."""

import shutil
from pathlib import Path

import pytest

from app.training.falls_reading import read_recorded
from models.training.falls.config import FallsConfig
from models.training.falls.materials import Footage
from tests.app.training.test_falls_run import some_clips, tiny_config

FALL, NO_FALL, ELSEWHERE = "S2_Fall_13.mp4", "S3_ADL_19.mp4", "elsewhere.mp4"


@pytest.fixture(scope="module")
def footage(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Footage]:
    folder = tmp_path_factory.mktemp("reading")
    videos = some_clips(shared_data, folder / "clips", names=(FALL, NO_FALL))
    shutil.copy(videos / NO_FALL, folder / ELSEWHERE)
    recorded = {
        "videos": str(videos),
        "rename": {"Falling (BW)": "fall", "Walking": "walking"},
        "ordinary": [str(folder / ELSEWHERE)],
        "speeds": [1.0, 0.5],
        "views": 2,
        "ordinary_views": 4,
    }
    config = FallsConfig.load(tiny_config(folder, videos, recorded=recorded))
    return read_recorded(config, folder / "frames", lambda done, total: None)


def of(footage: list[Footage], name: str) -> dict[int, Footage]:
    return {one.view: one for one in footage if one.name == name}


def test_each_video_is_seen_by_as_many_cameras_as_its_kind_asks_for(footage: list[Footage]) -> None:
    assert {name: sorted(of(footage, name)) for name in (FALL, NO_FALL, ELSEWHERE)} == {
        FALL: [0, 1],
        NO_FALL: [0, 1, 2, 3],
        ELSEWHERE: [0, 1, 2, 3],
    }


def test_no_fall_runs_backwards(footage: list[Footage]) -> None:
    assert not any(one.is_backwards for one in footage if one.has_fall)
    assert [one.is_backwards for _, one in sorted(of(footage, NO_FALL).items())] == [False, True, False, True]


def test_what_is_true_of_a_video_runs_backwards_with_it(footage: list[Footage]) -> None:
    forwards, backwards = (of(footage, NO_FALL)[view] for view in (0, 3))
    (walks,), (walks_back,) = forwards.spans, backwards.spans
    seconds = len(backwards.frames) / 7.5
    assert seconds == pytest.approx(len(forwards.frames) / 7.5 * 2, rel=0.05)  # at half the speed
    assert walks_back.start_seconds == pytest.approx(seconds - 2 * walks.end_seconds)
    assert walks_back.end_seconds == pytest.approx(seconds - 2 * walks.start_seconds)
