from pathlib import Path

import pytest

from models.store.labels import kinetics400_labels, read_labels


def test_kinetics_has_400_labels_in_the_published_order() -> None:
    labels = kinetics400_labels()
    assert len(labels) == len(set(labels)) == 400
    assert list(labels) == sorted(labels, key=str.lower)
    places = {0: "abseiling", 1: "air drumming", 227: "playing cricket", 399: "zumba"}
    assert {index: labels[index] for index in places} == places


def test_blank_lines_and_space_around_labels_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n in bed \nout of bed\n\n", encoding="utf-8")
    assert read_labels(tmp_path / "labels.txt") == ("in bed", "out of bed")


@pytest.mark.parametrize(("text", "found"), [("", "it is empty"), ("a\nb\na\n", r"it repeats \['a'\]")])
def test_files_without_usable_labels_are_refused(text: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"labels\.txt must hold one label a line, each once; {found}"):
        read_labels(tmp_path / "labels.txt")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"labels\.txt must be a text file"):
        read_labels(tmp_path / "labels.txt")
