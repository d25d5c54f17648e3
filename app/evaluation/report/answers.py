"""Makes a section of the report of an answer: headline, tables, breakdown, and the plots of its kind."""

from typing import Any

import numpy as np

from app.evaluation.charts.numbers import draw_intervals
from app.evaluation.report.document import Figure, Section, Table, measures_table
from app.evaluation.report.illustrations import illustrate
from models.evaluation.measures import Measured
from models.evaluation.questions.question import Answer

MAX_LABEL_ROWS = 60
MAX_MEMBERS = 30
"""Cameras or subjects that are shown; the JSON holds all."""


def section_of(answer: Answer) -> Section:
    """Return the section that tells an answer."""
    question = answer.question
    figures, extra = illustrate(question, answer)
    return Section(
        question.name,
        question.title,
        question.explanation,
        tuple(one for one in answer.measured if one.is_headline and np.isfinite(one.interval.value)),
        tuple(_tables(answer)),
        (*figures, *_breakdown_figures(answer)),
        {
            "num_videos": len(answer.cases),
            **{one.name: one.to_json() for one in answer.measured},
            "by_label": _nested(answer.by_label),
            **{f"by_{group}": _nested(members) for group, members in answer.by_group.items()},
            **extra,
        },
    )


def _tables(answer: Answer) -> list[Table]:
    tables = [measures_table(answer.measured, "All together")]
    labels = {label: row for label, row in list(answer.by_label.items())[:MAX_LABEL_ROWS] if row}
    if labels:
        tables.append(_grid("label", labels, "By label"))
    divided = {group: members for group, members in answer.by_group.items() if len(members) > 1}
    return [*tables, *(_group_table(group, members) for group, members in divided.items())]


def _group_table(group: str, members: dict[str, tuple[Measured, ...]]) -> Table:
    shown = dict(list(members.items())[:MAX_MEMBERS])
    more = f" (the first {MAX_MEMBERS} of {len(members)})" if len(members) > MAX_MEMBERS else ""
    return _grid(group, shown, f"By {group}{more}")


def _grid(name: str, rows: dict[str, tuple[Measured, ...]], title: str) -> Table:
    """A row a label or member, a column a measure."""
    columns = next(iter(rows.values()))
    return Table((name, *(one.title for one in columns)), tuple((key, *row) for key, row in rows.items()), title)


def _breakdown_figures(answer: Answer) -> list[Figure]:
    figures = []
    for group, members in answer.by_group.items():
        if len(members) < 2:
            continue
        rows = [(member, measured[0]) for member, measured in members.items() if measured][:MAX_MEMBERS]
        if rows:
            first = rows[0][1]
            figures.append(Figure(f"by_{group}", f"{first.title} by {group}", draw_intervals(rows, first.unit)))
    return figures


def _nested(rows: dict[str, tuple[Measured, ...]]) -> dict[str, dict[str, Any]]:
    return {key: {one.name: one.to_json() for one in row} for key, row in rows.items()}
