from pathlib import Path

import pytest

from app.console.source_address import complete_address


def test_a_variable_stands_for_a_password_whatever_characters_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BED_PASSWORD", "p@ss/w#rd")
    assert complete_address("rtsp://viewer:${BED_PASSWORD}@10.0.0.7/s") == "rtsp://viewer:p%40ss%2Fw%23rd@10.0.0.7/s"


def test_a_variable_that_is_not_set_is_named_and_nothing_else_shown() -> None:
    with pytest.raises(ValueError, match="no variable NOT_SET_ANYWHERE") as caught:
        complete_address("rtsp://hunter2:${NOT_SET_ANYWHERE}@10.0.0.7/s")
    assert "hunter2" not in str(caught.value)


def test_a_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert complete_address("a.mp4") == str(tmp_path / "a.mp4")


@pytest.mark.parametrize(("address", "reason"), [("http://h/x", "got http://"), ("rtsp://h:99999/x", "a port of 1 to")])
def test_what_nothing_can_be_read_from_is_refused(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        complete_address(address)
