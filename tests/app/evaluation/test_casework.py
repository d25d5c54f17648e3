"""Joining truth and results by the names of the videos."""

import numpy as np
import pytest

from app.evaluation.casework import join
from app.evaluation.prediction_files import Prediction
from models.evaluation.cases import ClipScores, TrueSpan, Truth


def clips(*labels: str) -> ClipScores:
    return ClipScores(labels, np.zeros(1), np.ones(1), np.full((1, len(labels)), 1 / len(labels)))


def truth(name: str, *labels: str) -> Truth:
    return Truth(name, f"/data/{name}", spans=tuple(TrueSpan(label, 0, 1) for label in labels))


def test_videos_are_found_by_path_name_or_stem() -> None:
    truths = [truth("a.mp4"), truth("ward/b.mp4"), truth("c")]
    sources = ["/data/a.mp4", "/elsewhere/ward/b.mkv", "/x/c.avi"]
    casework = join(
        truths, [Prediction(source, "m", clips("x")) for source in sources], background=None, others="refuse"
    )
    assert all(case.is_answered for case in casework.cases)


def test_equal_names_in_other_folders_are_other_videos() -> None:
    truths = [truth("east/1.mp4"), truth("west/1.mp4")]
    casework = join(truths, [Prediction("/d/east/1.mp4", "m", clips("x"))], background=None, others="refuse")
    assert [case.is_answered for case in casework.cases] == [True, False]
    assert casework.without_answer == ("west/1.mp4",)


def test_results_without_a_truth_are_named() -> None:
    predictions = [Prediction("a.mp4", "m", clips("x")), Prediction("z.mp4", "m", clips("x"))]
    assert join([truth("a.mp4")], predictions, background=None, others="refuse").without_truth == ("z.mp4",)


def test_nothing_in_common_is_refused_with_both_names() -> None:
    with pytest.raises(ValueError, match=r"the first of these is 'a.mp4', the first result is of 'z.mp4'"):
        join([truth("a.mp4")], [Prediction("z.mp4", "m")], background=None, others="refuse")


def test_two_results_for_one_video_are_refused() -> None:
    predictions = [Prediction("/d/a.mp4", "m"), Prediction("/e/a.mp4", "m")]
    with pytest.raises(ValueError, match=r"a.mp4: has results of /d/a.mp4, /e/a.mp4; one source a video"):
        join([truth("a.mp4")], predictions, background=None, others="refuse")


def test_labels_that_the_model_does_not_know_are_refused_or_left_out() -> None:
    truths, predictions = [truth("a", "fall", "eating")], [Prediction("a", "m", clips("other", "fall"))]
    with pytest.raises(ValueError, match=r"truth.rename must say what the model calls eating .*other, fall"):
        join(truths, predictions, background="other", others="refuse")
    [case] = join(truths, predictions, background="other", others="ignore").cases
    assert [span.label for span in case.truth.spans or ()] == ["fall"]


def test_results_with_other_labels_are_refused() -> None:
    predictions = [Prediction("a", "m", clips("x")), Prediction("b", "m", clips("y"))]
    with pytest.raises(ValueError, match="one set of labels is required"):
        join([truth("a"), truth("b")], predictions, background=None, others="refuse")
