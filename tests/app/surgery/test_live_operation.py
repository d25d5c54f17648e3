"""What the surgery page knows of an operation, from results and events alone."""

from app.surgery.live_operation import BREAK_SECONDS, LiveOperation, live_operations
from app.surgery.live_ribbon import draw_live_ribbon
from models.results import Classification, Measurement, result_to_json
from models.surgical_phases import PHASES, TIME_LEFT
from stream.messages import Event, InferenceResult

NOW = 10_000.0
LEFT = Measurement(TIME_LEFT, 90.0, "s", (40.0, 200.0))


def result(phase: str, *, source: str = "theatre-1") -> InferenceResult:
    scores = tuple(0.7 if name == phase else 0.05 for name in PHASES)
    return InferenceResult(
        source_id=source,
        model="surgical_phase",
        epoch=1,
        clip_index=900,
        result=result_to_json(Classification(PHASES, scores, measurements=(LEFT,))),
        start_seconds=900.0,
        end_seconds=901.0,
        captured_at=NOW - 1,
        produced_at=NOW - 1,
        finished_at=NOW,
        worker_id="worker",
    )


def event(phase: str, started_at: float, ended_at: float | None, *, source: str = "theatre-1") -> Event:
    return Event(
        event_id=f"{phase}{started_at}",
        source_id=source,
        model="surgical_phase",
        label=phase,
        epoch=1,
        start_seconds=0.0,
        end_seconds=None if ended_at is None else ended_at - started_at,
        peak_score=0.9,
        emitted_at_seconds=0.0,
        started_at=started_at,
    )


def operation(*events: Event, phase: str = PHASES[1]) -> LiveOperation:
    [found] = live_operations({"theatre-1": [result(phase)]}, events, now=NOW)
    return found


def test_phase_since_and_left_are_those_of_the_open_phase() -> None:
    found = operation(event(PHASES[0], NOW - 600, NOW - 400), event(PHASES[1], NOW - 400, None))
    assert (found.phase, found.in_phase_since, found.left) == (PHASES[1], NOW - 400, LEFT)
    assert [(phase.label, phase.ended_at) for phase in found.past] == [(PHASES[0], NOW - 400), (PHASES[1], NOW)]


def test_one_second_of_another_opinion_does_not_change_the_phase_but_the_time_left_is_not_settled() -> None:
    found = operation(event(PHASES[1], NOW - 400, None), phase=PHASES[2])
    assert (found.phase, found.in_phase_since, found.left) == (PHASES[1], NOW - 400, None)


def test_before_anything_is_settled_the_newest_answer_stands() -> None:
    found = operation(phase=PHASES[3])
    assert (found.phase, found.in_phase_since, found.left, found.past) == (PHASES[3], None, LEFT, ())


def test_an_earlier_operation_in_the_same_theatre_is_left_out() -> None:
    before = NOW - 500 - BREAK_SECONDS
    found = operation(event(PHASES[6], before - 300, before - 1), event(PHASES[0], NOW - 500, None))
    assert [phase.label for phase in found.past] == [PHASES[0]]


def test_a_phase_that_a_short_gap_cut_is_one() -> None:
    found = operation(event(PHASES[1], NOW - 600, NOW - 400), event(PHASES[1], NOW - 380, None))
    assert [phase.started_at for phase in found.past] == [NOW - 600]
    assert found.in_phase_since == NOW - 600


def test_ribbon_is_drawn_of_nothing_and_of_phases() -> None:
    past = operation(event(PHASES[0], NOW - 600, NOW - 400), event(PHASES[1], NOW - 400, None)).past
    assert draw_live_ribbon((), now=NOW).to_dict()
    rows = [row for layer in draw_live_ribbon(past, now=NOW).to_dict()["layer"] for row in layer["data"]["values"]]
    assert [row["phase"] for row in rows if "phase" in row] == ["preparation", "calot triangle dissection"]
