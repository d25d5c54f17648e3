"""The report of sparse annotation: a table, and the IoU against the number of annotated slices."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.evaluation.annotation.config import AnnotationConfig
from app.evaluation.annotation.run import WHOLE, Lesson
from app.evaluation.charts.chart import ACCENT, FAINT, SERIES, Chart, round_marks
from app.evaluation.report.document import Document, Figure, Section, Table, number_text
from app.evaluation.report.summary import FOOTER

NEAR = 0.05
"""So near to the IoU of dense annotation, a sparse one will do."""
EXPLANATION = (
    "Every network is taught with the same steps, patches and seed, and only the annotation differs: slices spread "
    "evenly along all three axes in turn, or all slices. Measured on slices that no training saw. IoU of everything "
    "that is not background; intervals are 95 % bootstrap over the slices that were held out."
)


def annotation_document(config: AnnotationConfig, lessons: Sequence[Lesson]) -> Document:
    """Return the report."""
    dense = next(one for one in lessons if one.num_slices == WHOLE)
    near = [
        one.num_slices
        for one in lessons
        if one.num_slices != WHOLE and not one.is_consistent and dense.jaccard.value - one.jaccard.value <= NEAR
    ]
    rows = tuple((one.title, f"{one.labelled_share:.1%}", _text(one), *_gains(one, lessons, dense)) for one in lessons)
    columns = ("annotated", "voxels labelled", "IoU", "against all slices", "gain by consistency")
    facts = (
        ("Within 5 points of all slices from", f"{min(near)} slices on" if near else "none of those tried"),
        ("IoU with all slices", number_text(dense.jaccard.value)),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    )
    values = {
        "dense_iou": dense.jaccard.rounded(),
        "fewest_slices_within_5_points": min(near) if near else None,
        "lessons": [
            {
                "num_slices": one.num_slices or "all",
                "is_consistent": one.is_consistent,
                "labelled_share": round(one.labelled_share, 5),
                "iou": one.jaccard.rounded(),
            }
            for one in lessons
        ],
    }
    figure = Figure("iou_by_slices", "IoU by the number of annotated slices", draw_lessons(lessons))
    section = Section("annotation", "Sparse annotation", EXPLANATION, (), (Table(columns, rows),), (figure,), values)
    return Document(config.heading, config.note, facts, (), (section,), FOOTER)


def draw_lessons(lessons: Sequence[Lesson]) -> str:
    """Draw the IoU of each count of slices with its interval, beside that of all slices."""
    dense = next(one for one in lessons if one.num_slices == WHOLE)
    sparse = [one for one in lessons if one.num_slices != WHOLE]
    last = max(one.num_slices for one in sparse) + 1
    lowest = min(0.5, *(one.jaccard.low for one in lessons))
    chart = Chart("IoU by the number of annotated slices", x=(0, last), y=(lowest, 1.0), size=(560, 360))
    chart.axes(round_marks(0, last, 8), round_marks(lowest, 1.0), "annotated slices", "IoU on slices held out")
    chart.line((0, last), [dense.jaccard.value] * 2, FAINT)
    chart.line((0, last), [dense.jaccard.value - NEAR] * 2, FAINT, dashes="4 4")
    chart.label(chart.px(0) + 6, chart.py(dense.jaccard.value) - 6, "all slices; below: 5 points less", colour=FAINT)
    for is_consistent, colour in ((False, ACCENT), (True, SERIES[2])):
        some = sorted((one for one in sparse if one.is_consistent == is_consistent), key=lambda one: one.num_slices)
        chart.line([one.num_slices for one in some], [one.jaccard.value for one in some], colour)
        for one in some:
            chart.line([one.num_slices] * 2, (one.jaccard.low, one.jaccard.high), colour, width=1.5, opacity=0.6)
            chart.point(one.num_slices, one.jaccard.value, colour, hint=f"{one.title}: {_text(one)}")
    chart.swatch(chart.px(last) - 210, chart.py(lowest) - 30, ACCENT, "annotated slices alone")
    if any(one.is_consistent for one in sparse):
        chart.swatch(chart.px(last) - 210, chart.py(lowest) - 12, SERIES[2], "with consistency (mean teacher)")
    return chart.svg()


def _gains(one: Lesson, lessons: Sequence[Lesson], dense: Lesson) -> tuple[str, str]:
    against = "" if one is dense else f"{one.jaccard.value - dense.jaccard.value:+.3f}"
    alone = next((other for other in lessons if other.num_slices == one.num_slices and not other.is_consistent), None)
    gain = f"{one.jaccard.value - alone.jaccard.value:+.3f}" if one.is_consistent and alone else ""
    return against, gain


def _text(one: Lesson) -> str:
    return f"{one.jaccard.value:.3f} ({one.jaccard.low:.3f} to {one.jaccard.high:.3f})"
