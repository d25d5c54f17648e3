from pathlib import Path

import pytest

from models.whole_file import whole_file


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with whole_file(path) as draft:
        draft.write_text("new", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path, error: BaseException) -> None:
    with whole_file(path) as draft:
        draft.write_text("ne", encoding="utf-8")
        raise error


@pytest.mark.parametrize("error", [OSError("stopped"), KeyboardInterrupt("stopped")])
def test_after_an_error_the_file_before_is_there_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(type(error), match="stopped"):
        write_half(path, error)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_before_anything_was_written_is_told_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "report.json"
    with pytest.raises(FileNotFoundError, match="missing"), whole_file(path) as draft:
        draft.write_text("new", encoding="utf-8")
