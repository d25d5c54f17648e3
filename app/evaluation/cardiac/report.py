"""The report of cardiac MR: overlap with what experts drew, volumes, and the ejection fraction beside the known."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.evaluation.cardiac.config import CardiacConfig
from app.evaluation.cardiac.run import Outcome
from app.evaluation.report.document import Document, Section, Table, number_text
from app.evaluation.report.summary import FOOTER

EXPLANATION = (
    "Dice is that of the slices which taught nothing, both phases. Volumes are sums of slices, EDV at the end of "
    "diastole, ESV at the end of systole. The known EF is the data set's; that of the contours is the same sum of "
    "slices as of what was found."
)
COLUMNS = ("patient", "taught from", "Dice", "EDV", "ESV", "EF", "EF of the contours", "known EF", "EF off by")


def cardiac_document(config: CardiacConfig, outcomes: Sequence[Outcome]) -> Document:
    """Return the report."""
    patients = {one.patient for one in outcomes}
    warning = f"{len(patients)} patients: these numbers show that it works, not how well."
    facts = (("Patients", ", ".join(sorted(patients))), ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")))
    rows = tuple(_row(one) for one in outcomes)
    values = {"outcomes": [_json(one) for one in outcomes]}
    section = Section("cardiac", "Left ventricle", EXPLANATION, (), (Table(COLUMNS, rows),), (), values)
    return Document(config.heading, config.note, facts, (warning,), (section,), FOOTER)


def _row(one: Outcome) -> tuple[str, ...]:
    return (
        one.patient,
        one.taught_from,
        number_text(_dice(one)),
        *(number_text(volume, "ml") for volume in one.found_ml),
        number_text(one.ef_percent, "%"),
        number_text(one.drawn_ef_percent, "%"),
        number_text(one.known.ef_percent, "%"),
        f"{one.ef_percent - one.known.ef_percent:+.1f} points",
    )


def _json(one: Outcome) -> dict[str, object]:
    return {
        "patient": one.patient,
        "taught_from": one.taught_from,
        "dice": round(_dice(one), 4),
        "edv_ml": round(one.found_ml[0], 1),
        "esv_ml": round(one.found_ml[1], 1),
        "ef_percent": round(one.ef_percent, 2),
        "contours_ef_percent": round(one.drawn_ef_percent, 2),
        "known_ef_percent": round(one.known.ef_percent, 2),
    }


def _dice(one: Outcome) -> float:
    return (one.overlaps[0] + one.overlaps[1]).dice
