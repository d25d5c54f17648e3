"""In which order an operation goes through its phases, and how long each lasts."""

import numpy as np

from models.surgical_phases import PHASES, PhaseSpan

PREPARATION, CALOT, CLIPPING, DISSECTION, PACKAGING, CLEANING, RETRACTION = PHASES

SHARES = {
    PREPARATION: 0.05,
    CALOT: 0.36,
    CLIPPING: 0.09,
    DISSECTION: 0.28,
    PACKAGING: 0.05,
    CLEANING: 0.12,
    RETRACTION: 0.05,
}
"""Of the time of an operation, about as in Cholec80."""
SPREAD = 0.35
"""Standard deviation of the logarithm of a phase's length."""
SHORTEST_SECONDS = 12.0


def draw_duration(rng: np.random.Generator) -> float:
    """Draw the length of an operation in whole seconds: 12 to 75 minutes, mostly half an hour."""
    return float(round(np.clip(np.exp(rng.normal(np.log(1900.0), 0.45)), 720.0, 4500.0)))


def draw_course(rng: np.random.Generator, duration_seconds: float) -> tuple[PhaseSpan, ...]:
    """Draw the phases of an operation, which follow each other without gap in whole seconds."""
    order = draw_order(rng)
    visits = {phase: order.count(phase) for phase in order}
    weights = np.array([SHARES[phase] / visits[phase] for phase in order]) * np.exp(rng.normal(0, SPREAD, len(order)))
    spare = duration_seconds - SHORTEST_SECONDS * len(order)
    borders = np.round(np.cumsum([0.0, *(weights / weights.sum() * spare + SHORTEST_SECONDS)]))
    borders[-1] = duration_seconds
    return tuple(PhaseSpan(phase, float(a), float(b)) for phase, a, b in zip(order, borders, borders[1:], strict=False))


def draw_order(rng: np.random.Generator) -> tuple[str, ...]:
    """Draw the order of the phases: most operations are regular, others skip, repeat or swap some."""
    order = [PREPARATION] if rng.random() < 0.92 else []
    order.append(CALOT)
    if rng.random() < 0.25:  # the artery first, then back to the duct
        order += [CLIPPING, CALOT]
    order += [CLIPPING, DISSECTION]
    if rng.random() < 0.3:  # a bleeding that cannot wait
        order += [CLEANING, DISSECTION]
    order.append(PACKAGING)
    endings = ([CLEANING, RETRACTION], [RETRACTION, CLEANING], [RETRACTION], [CLEANING])
    return (*order, *endings[int(rng.choice(len(endings), p=(0.5, 0.25, 0.15, 0.1)))])


def is_cut_after(course: tuple[PhaseSpan, ...], index: int) -> bool:
    """Say of a visit to the clipping phase whether it ends with the cut: a return to dissection means it did not."""
    return index + 1 == len(course) or course[index + 1].phase != CALOT
