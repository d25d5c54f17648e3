from pathlib import Path

import pytest

from stream.errors import SourceLost, SourceRefused
from stream.imaging import fetching
from stream.imaging.fetching import fetched


def test_a_path_is_opened_where_it_is(tmp_path: Path) -> None:
    assert fetched("/scans/ct.nii.gz", tmp_path) == "/scans/ct.nii.gz"


def test_what_a_url_names_is_copied_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "ct.nii.gz").write_bytes(b"voxels")
    (tmp_path / "here").mkdir()
    found = fetched(f"file://{tmp_path}/ct.nii.gz", tmp_path / "here")
    assert (found, Path(found).read_bytes()) == (str(tmp_path / "here/ct.nii.gz"), b"voxels")


def test_a_kind_of_url_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"carrier://pigeon/ct\.nii: required a URL that fsspec can read here"):
        fetched("carrier://pigeon/ct.nii", tmp_path)


def test_what_is_not_there_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(SourceLost, match=r"gone\.nii: cannot be fetched: FileNotFoundError"):
        fetched(f"file://{tmp_path}/gone.nii", tmp_path)


def test_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 4)
    (tmp_path / "ct.nii").write_bytes(b"voxels")
    (tmp_path / "here").mkdir()
    with pytest.raises(SourceRefused, match="required at most 4 bytes, found more"):
        fetched(f"file://{tmp_path}/ct.nii", tmp_path / "here")
