"""Events of models trained on timed segments: thresholds from validation videos, measured on others."""

import numpy as np

from app.training.event_choice import choose_events, has_events, measure_events
from models.evaluation.events import Span
from models.training.objectives import OneLabel
from models.training.recordings import Recording, Wanted
from models.training.scoring import SceneScores
from models.training.task import Task

LABELS = ("none", "fall")
TASK = Task(OneLabel(), Wanted(LABELS), LABELS, {})


def recording(start: float) -> Recording:
    return Recording(f"v{start}", np.zeros((80, 2, 2, 3), np.uint8), 4.0, spans=(Span("fall", start, start + 4),))


def score(one: Recording) -> SceneScores:
    """Scores of a model that is right: 0.8 in a fall, with one short false alarm of 0.6 at the end."""
    starts = np.arange(0, 18, 0.5)
    (fall,) = one.spans
    sure = np.where((starts + 1 >= fall.start_seconds) & (starts + 1 < fall.end_seconds), 0.8, 0.1)
    sure[-2] = 0.6
    return SceneScores(starts, starts + 2, np.stack([1 - sure, sure], 1))


def test_thresholds_keep_the_events_and_leave_the_false_alarm_out() -> None:
    spec = choose_events(score, TASK, [recording(3.0), recording(8.0)])
    assert spec.labels == ("fall",)
    metrics = measure_events(score, TASK, spec, [recording(5.0), recording(9.0)])
    assert metrics["event_f1"]["value"] == 1.0


def test_only_models_that_know_when_nothing_happens_have_events() -> None:
    videos = [recording(3.0)]
    assert has_events(TASK, videos)
    assert not has_events(TASK, [Recording("whole", videos[0].frames, 4.0, label="fall")])
    assert not has_events(Task(OneLabel(), Wanted(("sit", "fall")), ("sit", "fall"), {}), videos)
    assert has_events(Task(OneLabel(), Wanted(("sit",), has_several_labels=True), ("sit",), {}), videos)
