"""A rule: what makes an alert of events, of their absence, of measurements, of sources that nobody watches."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from stream.messages import AlertClass, Severity

NUMBERS = frozenset({"score", "value", "seconds"})
TEXT_FIELDS = NUMBERS | {"source", "label", "unit", "reason"}
NUMBER_FORM = re.compile(r"^(\.\d)?[fge%]?$")  # a width could ask for gigabytes

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Pattern = Annotated[str, Field(min_length=1, max_length=64)]
Seconds = Annotated[float, Field(ge=0, le=30 * 86400, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Strict(BaseModel):
    """A part of a rule that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EventCondition(Strict):
    """Holds while an event with one of the labels goes on."""

    kind: Literal["event"]
    labels: tuple[Name, ...] = Field(min_length=1)
    minimum_score: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    minimum_duration_seconds: Seconds = 0.0  # the alert is pending until the event has lasted this long


class AbsenceCondition(Strict):
    """Holds when none of the labels was seen for some time at a source that is watched."""

    kind: Literal["absence"]
    labels: tuple[Name, ...] = Field(min_length=1)
    for_seconds: float = Field(gt=0, le=30 * 86400, allow_inf_nan=False)


class MeasurementCondition(Strict):
    """Holds while a measured value is below or above a limit."""

    kind: Literal["measurement"]
    name: Name
    below: Number | None = None
    above: Number | None = None
    times: int = Field(1, ge=1, le=1000)  # measurements in a row before the alert is active

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("give either `below` or `above`")
        return self

    def is_met_by(self, value: float) -> bool:
        """Answer whether the value is beyond the limit."""
        return value < self.below if self.below is not None else value > (self.above or 0.0)


class SourceCondition(Strict):
    """Holds while nobody can watch a source, or while its picture shows nothing.

    `not_monitored`: stalled, failed, refused, connecting for long, or its ingester is gone;
    `not_analysed`: pictures come, but a model says nothing of them; `frozen` and `dark`: what the
    ingester says of the picture.
    """

    kind: Literal["source"]
    state: Literal["not_monitored", "not_analysed", "frozen", "dark"] = "not_monitored"


Condition = Annotated[
    EventCondition | AbsenceCondition | MeasurementCondition | SourceCondition, Field(discriminator="kind")
]


class Rule(Strict):
    """When to raise an alert, how severe it is and what it says."""

    name: Name
    when: Condition
    sources: tuple[Pattern, ...] = Field(("*",), min_length=1)  # globs of source ids
    severity: Severity
    latching: bool | None = None  # stays until acknowledged though the condition is gone; None: only when high
    text: str = Field(
        min_length=1, max_length=200
    )  # may name {source} {label} {score} {value} {unit} {seconds} {reason}

    @field_validator("text")
    @classmethod
    def _names_known_fields(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("the text must be one line of printable characters")
        for _, name, form, conversion in Formatter().parse(text):
            if name is not None and (name not in TEXT_FIELDS or conversion or not NUMBER_FORM.match(form or "")):
                raise ValueError(
                    f"the text may name {sorted(TEXT_FIELDS)}, numbers also as in {{score:.2f}}; found {name!r}"
                )
        render(text, {})
        return text

    @property
    def is_latching(self) -> bool:
        return self.severity == "high" if self.latching is None else self.latching

    @property
    def alert_class(self) -> AlertClass:
        return "technical" if self.when.kind == "source" else "behaviour"

    @property
    def alert_labels(self) -> tuple[str, ...]:
        """Labels that the rule's alerts can bear."""
        if isinstance(self.when, EventCondition):
            return self.when.labels
        if isinstance(self.when, MeasurementCondition):
            return (self.when.name,)
        return (self.name,) if isinstance(self.when, AbsenceCondition) else (self.when.state,)

    def covers(self, source_id: str) -> bool:
        """Answer whether the rule speaks of this source."""
        return any(fnmatchcase(source_id, pattern) for pattern in self.sources)


def render(text: str, values: Mapping[str, str | float | None]) -> str:
    """Fill in the text of a rule; what is not known stays empty, or nan in a number's form."""
    known = {name: value for name, value in values.items() if value is not None}
    empty = {name: float("nan") if name in NUMBERS else "" for name in TEXT_FIELDS}
    return text.format(**{**empty, **known})
