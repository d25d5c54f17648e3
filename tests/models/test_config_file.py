"""Configurations name what is wrong, and their relative paths start where they lie."""

from pathlib import Path

import pytest

from models.config_file import AnchoredLocation, AnchoredPath, RunConfig, Section, read_kind


class Place(Section):
    folder: AnchoredPath
    others: tuple[AnchoredPath, ...] = ()
    volume: AnchoredLocation = "scan.h5#raw"


class Run(RunConfig):
    place: Place
    table: AnchoredPath | None = None


def test_relative_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "kind: of_tests\nname: a\nplace: {folder: ../data, others: [one, /two], volume: scans/a.h5#raw}\ntable: t.csv\n"
    )
    run = Run.load(path)
    assert run.place.folder == tmp_path.parent / "data"
    assert run.place.others == (tmp_path / "one", Path("/two"))
    assert run.place.volume == f"{tmp_path}/scans/a.h5#raw"
    assert run.table == tmp_path / "t.csv"
    assert read_kind(path) == "of_tests"


def test_paths_of_a_run_that_comes_from_no_file_stay_as_they_are() -> None:
    run = Run(name="a", place=Place(folder=Path("data"), volume="a.h5#raw"))
    assert (run.place.folder, run.place.volume, run.table) == (Path("data"), "a.h5#raw", None)


def test_a_path_survives_being_read_again(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("name: a\nplace: {folder: data}\n")
    run = Run.load(path)
    assert Run.model_validate_json(run.model_dump_json()) == run


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\nplace: {folder: x, colour: red}\n", r"run.yaml:2: place.colour: unknown key"),
        ("place: {folder: x}\n", r"run.yaml:1: name: required, but not given"),
        ("- a\n- b\n", r"run.yaml:1: a configuration must hold keys and values"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        Run.load(path)
