"""Tests of stream/batch/naming.py."""

from hypothesis import given
from hypothesis import strategies as st

from stream.batch.inputs import AnalysisInput
from stream.batch.naming import output_names, place_of


def names(*paths: str, taken: dict[str, str] | None = None) -> list[str]:
    return output_names([AnalysisInput(path) for path in paths], taken or {})


def test_a_stem_of_its_own_is_the_name() -> None:
    assert names("/v/a.mp4", "/v/b.dcm") == ["a", "b"]


def test_equal_stems_get_their_folders_in_front() -> None:
    assert names("/v/ward1/cam.mp4", "/v/ward2/cam.mp4") == ["ward1_cam", "ward2_cam"]


def test_equal_stems_in_one_folder_get_their_extensions_behind() -> None:
    assert len(set(names("/v/cam.mp4", "/v/cam.avi"))) == 2


def test_inputs_of_one_stem_all_take_the_same_form_whatever_their_order() -> None:
    named = {
        "/v/good.mp4": "v_good_mp4",
        "/v/good.mkv": "v_good_mkv",
        "/v/d1/good.mp4": "d1_good_mp4",
        "/v/other.mp4": "other",
    }
    assert names(*named) == list(named.values())
    assert names(*reversed(named)) == list(reversed(named.values()))


def test_names_that_differ_only_in_case_are_kept_apart() -> None:
    first, second = names("/v/Cam.mp4", "/v/cam.avi")
    assert first.casefold() != second.casefold()


def test_an_input_keeps_the_name_of_an_earlier_run_and_others_keep_off_it() -> None:
    taken = {"cam": "/v/ward1/cam.mp4"}
    assert names("/v/ward1/cam.mp4", taken=taken) == ["cam"]
    assert names("/v/ward2/cam.mp4", taken=taken) == ["ward2_cam"]
    assert names("/v/ward2/cam.mp4", "/v/ward1/cam.mp4", taken=taken) == ["ward2_cam", "cam"]


def test_no_name_holds_a_password_or_leaves_the_folder() -> None:
    found = names("rtsp://user:secret@host/a/cam", "rtsp://user:secret@host/b/cam", "/v/...hidden.mp4")
    assert all("secret" not in name and "/" not in name and not name.startswith(".") for name in found)
    assert "secret" not in place_of("rtsp://user:secret@host/a/cam")


PATHS = st.from_regex(r"/[ab]{1,2}/[xX]{1,2}(_[ab])?\.(mp4|avi|dcm)", fullmatch=True)


@given(st.lists(PATHS, unique=True, max_size=12))
def test_every_input_has_a_name_of_its_own_in_one_run_and_in_the_next(paths: list[str]) -> None:
    first = names(*paths)
    assert len({name.casefold() for name in first}) == len(paths)
    taken = dict(zip(first, map(place_of, paths), strict=True))
    assert names(*reversed(paths), taken=taken) == list(reversed(first))
