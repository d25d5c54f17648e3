"""Laws of laying scores and truth out frame by frame."""

import numpy as np

from models.evaluation.cases import Case, ClipScores, TrueSpan, Truth
from models.evaluation.frames import frame_scores, frame_times, true_frames

CLIPS = ClipScores(
    ("none", "a"),
    np.array([0.0, 1.0, 2.0]),
    np.array([2.0, 3.0, 4.0]),
    np.array([[1.0, 0.0], [0.4, 0.6], [0.1, 0.9]]),
)


def test_online_nothing_is_known_before_the_first_clip_has_ended() -> None:
    times = frame_times(5.0, 2.0)
    online = frame_scores(CLIPS, times, "online")
    assert not online[times < 2].any()
    assert (online[(times >= 2) & (times < 3)] == CLIPS.scores[0]).all()
    assert (online[times >= 4] == CLIPS.scores[2]).all()


def test_offline_the_clip_with_the_nearest_centre_speaks() -> None:
    times = np.array([0.0, 1.4, 1.6, 2.4, 2.6, 9.0])  # centres are at 1, 2 and 3 s
    offline = frame_scores(CLIPS, times, "offline")
    assert np.array_equal(offline, CLIPS.scores[[0, 0, 1, 1, 2, 2]])


def test_frames_lie_in_the_middle_of_their_share_of_the_video() -> None:
    assert frame_times(2.0, 2.0).tolist() == [0.25, 0.75, 1.25, 1.75]


def test_the_background_is_true_where_nothing_else_is() -> None:
    case = Case(Truth("v", spans=(TrueSpan("a", 1.0, 2.0), TrueSpan("unknown", 0.0, 9.0))))
    is_true = true_frames(case, np.array([0.5, 1.0, 1.9, 2.0]), ("none", "a"), "none")
    assert is_true.tolist() == [[True, False], [False, True], [False, True], [True, False]]
