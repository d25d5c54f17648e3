"""A patient's last minutes: place, company, and each mobilisation with the number of the staff, over the wall clock."""

from typing import Any

import altair

from app.dashboard.charts import layered, legend_above, moment, rows_chart
from app.dashboard.followed import Spell
from app.dashboard.theme import TEXT
from app.dashboard.views.wording import clock
from app.mobility.live_patient import LivePatient, spoken
from app.pictures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from models.mobility import ACTIVITIES, PLACE_LABELS, STAFF_PRESENT

SHOWN_SECONDS = 1800.0
LANE_PX = 34
LANES = ("place", "staff present", "mobilisation", "personnel")
COLOURS = {
    "patient_in_bed": BLUE,
    "patient_in_chair": GREEN,
    "patient_standing": ORANGE,
    "patient_away": GREY,
    STAFF_PRESENT: SKY,
    "into_bed": "#3b8ed0",
    "out_of_bed": VERMILION,
    "into_chair": "#3dbb8f",
    "out_of_chair": PURPLE,
}
"""Places and what leads there are kin."""


def draw_live_chart(patient: LivePatient, *, now: float) -> altair.LayerChart:
    """Return a chart of four lanes; the number below a mobilisation is that of the staff who took part."""
    from_at = now - SHOWN_SECONDS
    shown = [spell for spell in patient.spells if spell.ended_at > from_at and spell.label in COLOURS]
    first = min((spell.started_at for spell in shown), default=now - 60)
    axis = altair.Axis(format="%H:%M:%S", tickCount=8, grid=False)
    scale = altair.Scale(domain=[moment(max(from_at, min(first, now - 60))), moment(now)], nice=False)
    x = altair.X("from:T", title=None, axis=axis, scale=scale)
    lanes = altair.Y("lane:N", title=None, sort=None, scale=altair.Scale(domain=list(LANES)))
    rows = rows_chart([_row(spell, from_at) for spell in shown])
    names = [spoken(label) for label in COLOURS]
    colours = altair.Scale(domain=names, range=list(COLOURS.values()))
    colour = altair.Color("label:N", scale=colours, legend=legend_above(columns=0))
    tooltip = ["label:N", "people:N", "lasted:N"]
    bars = rows.mark_bar(height=LANE_PX - 8, cornerRadius=2).encode(
        x=x, x2="to:T", y=lanes, color=colour, tooltip=tooltip
    )
    numbers = rows.mark_text(color=TEXT, fontSize=14, fontWeight="bold").encode(
        x=altair.X("middle:T"), y=altair.Y("below:N"), text="number:N"
    )
    return layered([bars, numbers], height_px=len(LANES) * LANE_PX + 80)


def _row(spell: Spell, from_at: float) -> dict[str, Any]:
    lasted = clock(spell.ended_at - spell.started_at)
    return {
        "label": spoken(spell.label),
        "lane": _lane(spell.label),
        "from": moment(max(spell.started_at, from_at)),
        "to": moment(spell.ended_at),
        "middle": moment((max(spell.started_at, from_at) + spell.ended_at) / 2),
        "below": LANES[3],
        "lasted": f"{lasted}, goes on" if spell.is_open else lasted,
        "people": "not counted" if spell.people is None else f"{spell.people} of the staff",
        "number": "" if spell.people is None else str(spell.people),
    }


def _lane(label: str) -> str:
    if label in ACTIVITIES:
        return LANES[2]
    return LANES[0] if label in PLACE_LABELS else LANES[1]
