"""The records of an analysis, the same in every file format: one for each clip and model, one for each event, and one
for each model where the end of the video is missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models.predictor import ModelCard
from models.results import Classification, result_to_json
from stream.batch.missing_part import MissingPart
from stream.batch.prediction import ScoredClip
from stream.messages import Event

Record = dict[str, Any]

MAX_SCORE_COLUMNS = 64
"""A table has one column a label up to this many labels; beyond, only the highest score."""

_FIRST_COLUMNS = [
    *("kind", "source", "model", "weights", "start_seconds", "end_seconds"),
    *("label", "score", "emitted_at_seconds", "people"),
    *("name", "value", "unit"),
    *("mean_speed", "peak_speed", "mean_velocity_x", "mean_velocity_y", "moving_fraction"),
    "num_objects",
]


def clip_record(source: str, card: ModelCard, scored: ScoredClip) -> Record:
    """Return what a model said of one clip, with the fields of the result's kind."""
    fields = result_to_json(scored.result)
    return {
        "kind": fields.pop("kind"),
        "source": source,
        "model": card.name,
        "weights": card.weights_sha256,
        "start_seconds": round(scored.start_seconds, 6),
        "end_seconds": round(scored.end_seconds, 6),
        "lag_seconds": round(scored.lag_seconds, 6),
        **fields,
    }


def event_record(source: str, card: ModelCard, event: Event) -> Record:
    """Return an event; `emitted_at_seconds` is the media time at which it could first be known."""
    record = {
        "kind": "event",
        "source": source,
        "model": card.name,
        "weights": card.weights_sha256,
        "start_seconds": round(event.start_seconds, 6),
        "end_seconds": None if event.end_seconds is None else round(event.end_seconds, 6),
        "label": event.label,
        "score": event.peak_score,
        "emitted_at_seconds": round(event.emitted_at_seconds, 6),
    }
    return record if event.people is None else {**record, "people": event.people}


def missing_record(source: str, card: ModelCard, missing: MissingPart) -> Record:
    """Return the part of a video that its header declares and no model has seen."""
    return {
        "kind": "missing",
        "source": source,
        "model": card.name,
        "weights": card.weights_sha256,
        "start_seconds": round(missing.start_seconds, 6),
        "end_seconds": round(missing.end_seconds, 6),
        "reason": str(missing),
    }


def table_columns(cards: Sequence[ModelCard]) -> list[str]:
    """Return the columns of the table that holds these models' records."""
    labels = dict.fromkeys(label for card in cards if len(card.labels) <= MAX_SCORE_COLUMNS for label in card.labels)
    return [*_FIRST_COLUMNS, *(f"score_{label}" for label in labels)]


def table_row(record: Mapping[str, Any]) -> Record:
    """Return the record as one flat row: `label` and `score` are those of the highest score."""
    row = {name: value for name, value in record.items() if not isinstance(value, list | dict)}
    if record["kind"] == Classification.kind:
        scores = dict(zip(record["labels"], record["scores"], strict=True))
        row["label"] = max(scores, key=scores.__getitem__)
        row["score"] = scores[row["label"]]
        row.update({f"score_{label}": score for label, score in scores.items()})
        if record.get("measurements"):
            first = record["measurements"][0]
            row.update(name=first["name"], value=first["value"], unit=first["unit"])
    if "mean_velocity" in record:
        row["mean_velocity_x"], row["mean_velocity_y"] = record["mean_velocity"]
    if "boxes" in record:
        row["num_objects"] = len(record["boxes"])
    return row
