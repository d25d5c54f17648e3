"""Tests of stream/batch/output_folder.py."""

import os
from pathlib import Path

import pytest

from stream.batch.output_folder import OutputFolder, write_whole

RECIPE = {"version": 1, "models": [{"name": "a", "weights": "ab"}], "formats": ("csv", "jsonl")}


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def finished(folder: OutputFolder) -> None:
    draft = folder.draft("a")
    draft.path(".jsonl").write_text("{}\n")
    draft.path("_timeline.png").write_bytes(b"picture")
    assert draft.publish(place="/v/a.mp4", recipe=RECIPE) == ("a.jsonl", "a_timeline.png")
    draft.discard()


def test_files_appear_together_when_they_are_whole(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out")
    draft = folder.draft("a")
    draft.path(".jsonl").write_text("half")
    assert visible(folder.path) == set()
    draft.discard()
    assert visible(folder.path) == set()
    finished(folder)
    assert visible(folder.path) == {"a.jsonl", "a_timeline.png"}
    assert folder.is_finished("a", RECIPE)
    assert folder.names_taken() == {"a": "/v/a.mp4"}


@pytest.mark.parametrize("change", ["other recipe", "missing file", "shorter file", "no stamp", "damaged stamp"])
def test_outputs_are_finished_only_when_whole_and_of_the_same_recipe(tmp_path: Path, change: str) -> None:
    folder = OutputFolder(tmp_path)
    finished(folder)
    recipe = {**RECIPE, "version": 2} if change == "other recipe" else RECIPE
    if change == "missing file":
        (tmp_path / "a_timeline.png").unlink()
    if change == "shorter file":
        (tmp_path / "a.jsonl").write_text("{")
    if change == "no stamp":
        (tmp_path / ".vigil" / "a.json").unlink()
    if change == "damaged stamp":
        (tmp_path / ".vigil" / "a.json").write_text('{"files"')
    assert not OutputFolder(tmp_path).is_finished("a", recipe)


def test_outputs_that_are_more_than_wanted_are_finished(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    finished(folder)
    assert folder.is_finished("a", {**RECIPE, "formats": ["jsonl"]})
    assert not folder.is_finished("a", {**RECIPE, "formats": ["csv", "jsonl", "xml"]})


def test_files_of_an_earlier_analysis_do_not_stay_beside_those_of_a_new_one(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    finished(folder)
    (tmp_path / "notes.txt").write_text("somebody's own")
    draft = folder.draft("a")
    draft.path(".jsonl").write_text("{}\n{}\n")
    assert draft.publish(place="/v/a.mp4", recipe=RECIPE, remark="ends early") == ("a.jsonl",)
    assert visible(tmp_path) == {"a.jsonl", "notes.txt"}
    assert (folder.remark("a"), folder.remark("b")) == ("ends early", "")


def test_drafts_of_a_run_that_died_are_cleared_and_those_of_a_living_one_are_not(tmp_path: Path) -> None:
    dead, living = tmp_path / ".vigil" / "draft-a-999999999", tmp_path / ".vigil" / f"draft-b-{os.getpid()}"
    for draft in (dead, living):
        draft.mkdir(parents=True)
        (draft / "a.jsonl").write_text("half")
    OutputFolder(tmp_path)
    assert not dead.exists()
    assert living.exists()


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_whole(path, {"a": 1})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_whole(path, {"a": object()})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.json"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        OutputFolder(tmp_path / "file" / "out")
