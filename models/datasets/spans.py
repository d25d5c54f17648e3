"""What every table of spans must keep to: a label, a length, and no overlap with itself."""

from collections.abc import Iterable
from itertools import pairwise

from models.datasets.labelled_video import LabelledSpan
from models.datasets.problems import Problems


def complain_of_span(span: LabelledSpan, problems: Problems) -> bool:
    """Note what is wrong with one span; returns whether anything is."""
    before = len(problems)
    if not span.label:
        problems.add(span.origin, "a label is required, found none")
    if span.start_seconds < 0:
        problems.add(span.origin, f"{span.label} must not start before the video, got {span.start_seconds:g} s")
    if span.end_seconds <= span.start_seconds:
        problems.add(
            span.origin,
            f"{span.label} must end after it starts, got {span.start_seconds:g} to {span.end_seconds:g} s",
        )
    return len(problems) > before


def in_order(spans: Iterable[LabelledSpan], problems: Problems) -> tuple[LabelledSpan, ...]:
    """Return spans by time; one that begins before another of its label has ended is noted as a problem.

    Different labels may overlap: a person can eat while sitting.
    """
    ordered = sorted(spans, key=lambda span: (span.start_seconds, span.end_seconds, span.label))
    for label in dict.fromkeys(span.label for span in ordered):
        alike = [span for span in ordered if span.label == label]
        for one, other in pairwise(alike):
            if other.start_seconds < one.end_seconds:
                until = f"until {one.end_seconds:g} s ({one.origin})"
                problems.add(other.origin, f"{label} from {other.start_seconds:g} s overlaps itself {until}")
    return tuple(ordered)
