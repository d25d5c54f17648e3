"""Lets training find events in scores exactly as the running system does."""

from models.evaluation.events import Span
from models.predictor import EventSpec
from models.results import Classification, result_to_json
from models.training.scoring import SceneScores
from stream.events import EventDetector
from stream.messages import InferenceResult

SOURCE = "training"


def find_events(
    scores: SceneScores, spec: EventSpec, labels: tuple[str, ...], *, is_multi_label: bool = False
) -> list[Span]:
    """Return the events that the event detector finds in a scene's scores."""
    detector = EventDetector(SOURCE, SOURCE, spec)
    results = (_result(scores, index, labels, is_multi_label) for index in range(len(scores.scores)))
    events = [event for result in results for event in detector.push(result)]
    return [
        Span(event.label, event.start_seconds, event.end_seconds)
        for event in (*events, *detector.finish())
        if event.end_seconds is not None
    ]


def _result(scores: SceneScores, index: int, labels: tuple[str, ...], is_multi_label: bool) -> InferenceResult:
    row = tuple(min(max(float(score), 0.0), 1.0) for score in scores.scores[index])
    return InferenceResult(
        source_id=SOURCE,
        model=SOURCE,
        epoch=1,
        clip_index=index,
        result=result_to_json(Classification(labels, row, is_multi_label)),
        start_seconds=float(scores.start_seconds[index]),
        end_seconds=float(scores.end_seconds[index]),
        captured_at=0.0,
        produced_at=0.0,
        finished_at=0.0,
        worker_id=SOURCE,
    )
