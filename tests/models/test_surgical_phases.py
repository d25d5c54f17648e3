from models.surgical_phases import PhaseSpan, spans_of


def test_neighbours_of_one_phase_become_one_span() -> None:
    assert spans_of(("a", "a", "b", "a"), (0.0, 1.0, 2.5, 4.0), 5.0) == (
        PhaseSpan("a", 0.0, 2.5),
        PhaseSpan("b", 2.5, 4.0),
        PhaseSpan("a", 4.0, 5.0),
    )


def test_nothing_gives_no_span() -> None:
    assert spans_of((), (), 0.0) == ()
