"""Reads of a simulated scene what evaluation needs beside its labels: how long it is and how many people took part."""

import json
from dataclasses import replace
from pathlib import Path

from models.evaluation.cases import TrueSpan, Truth


def with_scene_details(truth: Truth, record: Path) -> Truth:
    """Return the truth of a scene with its duration and the people of its events, where its JSON tells them.

    Args:
        truth: as the layout of simulated scenes gives it.
        record: the scene's JSON, which that layout has read and checked.
    """
    scene = json.loads(record.read_text(encoding="utf-8"))
    people = {_key(event): event.get("people") for event in scene.get("events") or ()}
    spans = truth.spans
    if spans is not None:
        spans = tuple(replace(span, people=people.get(_span_key(span))) for span in spans)
    duration = scene.get("duration_seconds")
    return replace(truth, spans=spans, duration_seconds=float(duration) if isinstance(duration, int | float) else None)


def _key(event: dict[str, object]) -> tuple[str, float]:
    return str(event["label"]), float(str(event["start_seconds"]))


def _span_key(span: TrueSpan) -> tuple[str, float]:
    return span.label, span.start_seconds
