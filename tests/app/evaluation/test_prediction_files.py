"""Reading result files, and what is said of wrong ones."""

from pathlib import Path

import pytest

from app.evaluation.prediction_files import read_predictions
from tests.app.evaluation.made_results import clip_line, event_line, measurement_line, write_lines


def test_clips_events_and_measurements_come_back_in_order_of_time(tmp_path: Path) -> None:
    write_lines(
        tmp_path / "a.jsonl",
        [
            clip_line("a.mp4", 1.0, (0.1, 0.8, 0.1)),
            clip_line("a.mp4", 0.0, (0.7, 0.2, 0.1)),
            event_line("a.mp4", "fall", 1.0, 2.0, 2.5),
        ],
    )
    [found] = read_predictions(tmp_path)
    assert found.clips is not None
    assert found.clips.start_seconds.tolist() == [0.0, 1.0]
    assert found.clips.scores[0].tolist() == [0.7, 0.2, 0.1]
    assert found.found[0].known_at_seconds == 2.5


def test_an_event_that_never_ended_ends_where_it_began(tmp_path: Path) -> None:
    line = {**event_line("a.mp4", "fall", 3.0, 0.0, 4.0), "end_seconds": None}
    [found] = read_predictions(write_lines(tmp_path / "a.jsonl", [line]))
    assert (found.found[0].start_seconds, found.found[0].end_seconds) == (3.0, 3.0)


def test_several_measurements_of_one_video_are_averaged(tmp_path: Path) -> None:
    [found] = read_predictions(
        write_lines(tmp_path / "a.jsonl", [measurement_line("a", 50.0), measurement_line("a", 60.0)])
    )
    assert found.measurements == {"ef_percent": 55.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": [0.5]}, r"a.jsonl:2: scores must be one for each of the 3 labels"),
        ({"scores": [0.5, 2, 0]}, r"a.jsonl:2: scores must be numbers in 0..1"),
        ({"labels": ["a", "b", "c"]}, r"a.jsonl:2: every clip of one model must have the same labels"),
        ({"start_seconds": None}, r"a.jsonl:2: start_seconds must be a finite number, got None"),
        ({"end_seconds": "soon"}, r"a.jsonl:2: end_seconds must be a finite number, got 'soon'"),
    ],
)
def test_a_wrong_record_is_named_with_its_line(tmp_path: Path, change: dict[str, object], message: str) -> None:
    lines = [clip_line("a", 0.0, (1, 0, 0)), {**clip_line("a", 1.0, (1, 0, 0)), **change}]
    with pytest.raises(ValueError, match=message):
        read_predictions(write_lines(tmp_path / "a.jsonl", lines))


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"kind": "event", "source": "a", "model": "m"}\n{"kind": "event"\n')
    with pytest.raises(ValueError, match=r"a.jsonl:2: is no JSON"):
        read_predictions(path)
    path.write_text('{"kind": "event"}\n')
    with pytest.raises(ValueError, match=r"a.jsonl:1: a record needs source, model"):
        read_predictions(path)


def test_results_of_several_models_need_a_choice(tmp_path: Path) -> None:
    lines = [clip_line("a", 0.0, (1, 0, 0)), clip_line("a", 0.0, (0, 1, 0), model="other")]
    path = write_lines(tmp_path / "a.jsonl", lines)
    with pytest.raises(ValueError, match="holds results of other, tiny; say which with the key model"):
        read_predictions(path)
    [found] = read_predictions(path, "other")
    assert found.clips is not None
    assert found.clips.scores.tolist() == [[0, 1, 0]]
    with pytest.raises(ValueError, match="holds no result of absent"):
        read_predictions(path, "absent")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="result files of `vigil analyze`"):
        read_predictions(tmp_path)
