"""What is known of a source that a model follows: its newest answer and its own spells, nobody else's."""

from app.dashboard.followed import SILENT_SECONDS, Answer, Spell, newest_answers
from models.results import Classification, Motion, Result, result_to_json
from stream.messages import Event, InferenceResult

NOW = 10_000.0
LABELS = ("standing", "sitting")


def result(source: str = "bed-1", *, model: str = "m", said: Result | None = None) -> InferenceResult:
    said = said or Classification(LABELS, (0.7, 0.3))
    return InferenceResult(source, model, 1, 7, result_to_json(said), 2.8, 3.2, NOW - 1, NOW - 1, NOW, "w")


def event(
    label: str, started_at: float, *, lasted: float | None, source: str = "bed-1", model: str = "m", people: int = 2
) -> Event:
    end = None if lasted is None else 10.0 + lasted
    return Event(f"{label}-{started_at}", source, model, label, 1, 10.0, end, 0.9, 11.0, started_at, people)


def answers(*results: InferenceResult, events: tuple[Event, ...] = ()) -> list[Answer]:
    by_source = {found.source_id: [one for one in results if one.source_id == found.source_id] for found in results}
    return newest_answers(by_source, events, LABELS, now=NOW)


def test_spells_come_in_order_and_one_that_goes_on_reaches_to_now() -> None:
    events = (event("sitting", NOW - 50, lasted=None), event("standing", NOW - 500, lasted=6.0, people=1))
    (answer,) = answers(result(), events=events)
    assert answer.spells == (
        Spell("standing", NOW - 500, NOW - 494, is_open=False, people=1),
        Spell("sitting", NOW - 50, NOW, is_open=True, people=2),
    )


def test_events_of_other_sources_and_models_are_left_out() -> None:
    others = (
        event("sitting", NOW - 50, lasted=1.0, source="bed-2"),
        event("sitting", NOW - 50, lasted=1.0, model="other"),
    )
    (answer,) = answers(result(), events=others)
    assert answer.spells == ()


def test_only_models_with_these_labels_count_in_whatever_order() -> None:
    others = [
        result("bed-1", model="fall", said=Classification(("none", "fall"), (0.5, 0.5))),
        result("bed-2", model="flow", said=Motion(1.0, 2.0, (0.0, 0.0), 0.1)),
    ]
    turned = result("bed-3", said=Classification(LABELS[::-1], (0.2, 0.8)))
    assert [answer.source_id for answer in answers(turned, *others, result("bed-1"))] == ["bed-1", "bed-3"]


def test_an_old_answer_is_called_silent() -> None:
    (answer,) = answers(result())
    assert answer.answered_at == NOW - 1
    assert not answer.is_silent(NOW)
    assert answer.is_silent(NOW + SILENT_SECONDS)
