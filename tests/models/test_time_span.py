from models.evaluation.events import Span
from models.time_span import span_at

SPANS = (Span("first", 1.0, 2.5), Span("within", 2.0, 2.2), Span("next", 2.5, 3.0))


def test_the_start_belongs_to_a_span_and_the_end_to_what_follows() -> None:
    assert [span_at(SPANS, seconds) for seconds in (0.9, 1.0, 2.1, 2.5, 3.0)] == [
        None,
        SPANS[0],
        SPANS[0],
        SPANS[2],
        None,
    ]
    assert SPANS[0].duration_seconds == 1.5
