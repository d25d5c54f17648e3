"""Tests of stream/batch/inputs.py."""

from pathlib import Path

import pytest

from stream.batch.inputs import AnalysisInput, find_inputs, looks_like_video, natural_order


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def locations(*patterns: Path | str, excluded: tuple[Path, ...] = ()) -> list[str]:
    return [entry.location for entry in find_inputs([str(part) for part in patterns], excluded=excluded).inputs]


def test_a_file_that_is_named_is_an_input_whatever_it_is(tmp_path: Path) -> None:
    odd = put(tmp_path / "notes.txt")
    assert locations(odd, tmp_path / "missing.mp4") == [str(odd), str(tmp_path / "missing.mp4")]


def test_a_folder_gives_its_videos_recursively_in_natural_order_and_counts_the_rest(tmp_path: Path) -> None:
    videos = [put(tmp_path / name) for name in ("b/clip10.MP4", "b/clip2.mkv", "a.avi")]
    for name in ("readme.md", "b/labels.csv", "b/.clip3.mp4", ".hidden/clip.mp4"):
        put(tmp_path / name)
    found = find_inputs([str(tmp_path)])
    assert [entry.location for entry in found.inputs] == [str(videos[2]), str(videos[1]), str(videos[0])]
    assert found.num_ignored == 2  # hidden files are not even looked at


def test_a_moving_picture_of_another_kind_is_an_input_so_that_it_is_refused_by_name(tmp_path: Path) -> None:
    gif = put(tmp_path / "wave.gif", b"GIF89a")
    assert locations(tmp_path) == [str(gif)]


@pytest.mark.parametrize(
    "head",
    [
        b"\0" * 128 + b"DICM",
        b"\0\0\0\x20ftypisom",
        b"\x1aE\xdf\xa3",
        b"RIFF\0\0\0\0AVI ",
    ],
)
def test_a_file_without_extension_is_known_by_its_first_bytes(tmp_path: Path, head: bytes) -> None:
    assert looks_like_video(put(tmp_path / "IM0001", head))
    assert not looks_like_video(put(tmp_path / "IM0002", b"text" + head))


def test_a_glob_is_expanded_and_a_file_with_brackets_is_no_glob(tmp_path: Path) -> None:
    first, second = put(tmp_path / "a1.mp4"), put(tmp_path / "a2.mp4")
    bracketed = put(tmp_path / "scan[1].mp4")
    assert locations(tmp_path / "a*.mp4") == [str(first), str(second)]
    assert locations(bracketed) == [str(bracketed)]


def test_an_input_named_twice_is_analysed_once(tmp_path: Path) -> None:
    video = put(tmp_path / "a.mp4")
    (tmp_path / "link.mp4").symlink_to(video)
    assert len(locations(video, tmp_path, tmp_path / "*.mp4")) == 1


def test_what_matches_nothing_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = find_inputs([str(tmp_path / "*.mp4"), str(tmp_path / "empty")])
    assert not found.inputs
    assert [pattern for pattern, _ in found.unmatched] == [str(tmp_path / "*.mp4"), str(tmp_path / "empty")]
    assert "matches no video" in found.unmatched[0][1]
    assert "holds no video" in found.unmatched[1][1]


def test_the_output_folder_inside_the_input_folder_is_passed_over(tmp_path: Path) -> None:
    video = put(tmp_path / "a.mp4")
    put(tmp_path / "out" / "a_annotated.mp4")
    assert locations(tmp_path, excluded=(tmp_path / "out",)) == [str(video)]


def test_a_url_is_an_input_and_its_stem_holds_no_password() -> None:
    entry = find_inputs(["rtsp://user:secret@cam.local:554/ward/bed3.sdp?token=x"]).inputs[0]
    assert entry == AnalysisInput("rtsp://user:secret@cam.local:554/ward/bed3.sdp?token=x")
    assert entry.stem == "bed3"


def test_natural_order_counts() -> None:
    assert sorted(["b10", "b9", "a", "B1"], key=natural_order) == ["a", "B1", "b9", "b10"]
