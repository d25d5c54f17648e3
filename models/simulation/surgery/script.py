"""What happens in an operation, second by second: who holds which instrument, what bleeds, smokes and is cut."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.simulation.surgery.course import (
    CALOT,
    CLEANING,
    CLIPPING,
    DISSECTION,
    PACKAGING,
    PREPARATION,
    RETRACTION,
    is_cut_after,
)
from models.surgical_phases import PhaseSpan
from models.time_span import TimeSpan

ASSISTANT, SURGEON, BAG = range(3)
"""Whose port an instrument comes through; the bag has none."""

_Range = tuple[float, float]


@dataclass(frozen=True)
class ToolUse(TimeSpan):
    """One instrument in the picture, from the moment its tip comes in until it has gone."""

    tool: str
    hand: int
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Habit:
    """What the surgeon's hand does in a phase."""

    first: str | None
    """The instrument that begins the phase."""
    choices: tuple[tuple[str, float, _Range], ...]
    """Instruments, how often, and for how many seconds at a time."""
    gap_seconds: _Range = (2.0, 8.0)
    """With an empty hand, while instruments are changed."""


HABITS = {
    PREPARATION: Habit("Grasper", (("Grasper", 0.9, (10, 40)), ("Irrigator", 0.1, (5, 9)))),
    CALOT: Habit(
        "Hook",
        (
            ("Hook", 0.62, (30, 130)),
            ("Grasper", 0.2, (8, 30)),
            ("Irrigator", 0.08, (5, 14)),
            ("Bipolar", 0.1, (5, 18)),
        ),
    ),
    CLIPPING: Habit("Clipper", (("Clipper", 0.6, (10, 28)), ("Grasper", 0.4, (6, 18)))),
    DISSECTION: Habit(
        "Hook",
        (
            ("Hook", 0.62, (30, 130)),
            ("Grasper", 0.14, (8, 30)),
            ("Irrigator", 0.1, (5, 14)),
            ("Bipolar", 0.14, (5, 18)),
        ),
    ),
    PACKAGING: Habit("Grasper", (("Grasper", 1.0, (12, 45)),)),
    CLEANING: Habit(
        "Irrigator", (("Irrigator", 0.55, (20, 80)), ("Bipolar", 0.25, (10, 40)), ("Grasper", 0.2, (6, 20)))
    ),
    RETRACTION: Habit("Grasper", (("Grasper", 1.0, (15, 60)),)),
}
CUT_SECONDS: _Range = (9.0, 22.0)
FOLLOW_SECONDS = 3.0
"""Nothing hides the picture so soon after a phase has begun: its first instrument is seen to come in."""


@dataclass
class Script:
    """The happenings of one operation."""

    course: tuple[PhaseSpan, ...]
    uses: list[ToolUse] = field(default_factory=list)
    absences: list[tuple[float, float]] = field(default_factory=list)
    """When the camera is out of the body."""
    bleedings: list[tuple[float, float]] = field(default_factory=list)
    """When blood comes, and how much, 0..1."""
    clips_at: list[float] = field(default_factory=list)
    cuts_at: list[float] = field(default_factory=list)

    @property
    def duration_seconds(self) -> float:
        return self.course[-1].end_seconds


def write_script(course: tuple[PhaseSpan, ...], rng: np.random.Generator) -> Script:
    """Draw what happens in each phase of a course."""
    script = Script(course)
    for index, span in enumerate(course):
        script.uses += _assistant(span, rng)
        if span.phase == CLIPPING:
            _clip(script, span, is_cut_after(course, index), rng)
        else:
            script.uses += _fill(HABITS[span.phase], span.start_seconds, span.end_seconds, rng, first=True)
        _bleed(script, span, rng)
    script.uses += _bags(course, rng)
    script.absences += _absences(course, rng)
    return script


def _fill(
    habit: Habit, start: float, end: float, rng: np.random.Generator, *, first: bool = False
) -> Iterator[ToolUse]:
    """Fill a time with instruments, one after another."""
    weights = np.array([weight for _, weight, _ in habit.choices])
    while end - start >= 2.0:
        index = int(rng.choice(len(weights), p=weights / weights.sum()))
        tool, _, length = habit.choices[index]
        if first and habit.first:
            length = next(seconds for name, _, seconds in habit.choices if name == habit.first)
            tool = habit.first
        first = False
        stop = min(start + rng.uniform(*length), end)
        yield ToolUse(tool, SURGEON, start, stop)
        start = stop + rng.uniform(*habit.gap_seconds)


def _clip(script: Script, span: PhaseSpan, is_cut: bool, rng: np.random.Generator) -> None:
    """Clips at the beginning; where the structure is cut, the scissors come last."""
    cut_seconds = min(rng.uniform(*CUT_SECONDS), span.duration_seconds / 3)
    cut_at = span.end_seconds - cut_seconds - rng.uniform(0, min(6.0, span.duration_seconds / 8))
    until = cut_at - 1.5 if is_cut else span.end_seconds
    uses = list(_fill(HABITS[CLIPPING], span.start_seconds, until, rng, first=True))
    script.clips_at += [use.end_seconds - 2.0 for use in uses if use.tool == "Clipper"]
    script.uses += uses
    if is_cut:
        script.uses.append(ToolUse("Scissors", SURGEON, cut_at, cut_at + cut_seconds))
        script.cuts_at.append(cut_at + cut_seconds / 2)


def _assistant(span: PhaseSpan, rng: np.random.Generator) -> Iterator[ToolUse]:
    """The assistant's grasper, which lets go now and then; least of all is it there at the end."""
    presence = 0.6 if span.phase in (CLEANING, RETRACTION) else 0.92
    start = span.start_seconds
    while span.end_seconds - start >= 2.0:
        stop = min(start + rng.uniform(30, 150), span.end_seconds)
        if rng.random() < presence:
            yield ToolUse("Grasper", ASSISTANT, start, stop)
        start = stop + rng.uniform(2, 9)


def _bags(course: tuple[PhaseSpan, ...], rng: np.random.Generator) -> Iterator[ToolUse]:
    """The bag: brought in to be packed, at rest in sight while one cleans, or out of sight, then pulled out."""
    is_packed = False
    for span in course:
        if span.phase == PACKAGING:
            is_packed = True
            yield ToolUse("SpecimenBag", BAG, span.start_seconds, span.end_seconds)
        elif span.phase == RETRACTION:
            stop = span.end_seconds - rng.uniform(0.05, 0.25) * span.duration_seconds
            yield ToolUse("SpecimenBag", BAG, span.start_seconds, stop)
            is_packed = False
        elif span.phase == CLEANING and is_packed and rng.random() < 0.5:
            yield ToolUse("SpecimenBag", BAG, span.start_seconds, span.end_seconds)


def _bleed(script: Script, span: PhaseSpan, rng: np.random.Generator) -> None:
    if span.phase == CLEANING:
        script.bleedings.append((span.start_seconds - 4.0, rng.uniform(0.45, 0.9)))
    elif span.phase in (CALOT, DISSECTION, CLIPPING):
        num = int(rng.poisson(span.duration_seconds / 240.0))
        for at in rng.uniform(span.start_seconds, span.end_seconds, num):
            script.bleedings.append((float(at), rng.uniform(0.1, 0.4)))


def _absences(course: tuple[PhaseSpan, ...], rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    """The lens is cleaned outside the body; where a phase ends meanwhile, the camera is back as the next begins."""
    for span in course:
        at = span.start_seconds + FOLLOW_SECONDS + float(rng.exponential(420.0))
        while at < span.end_seconds - 2.0:
            stop = min(at + rng.uniform(5, 25), span.end_seconds)
            yield (at, stop)
            at = stop + FOLLOW_SECONDS + float(rng.exponential(420.0))
