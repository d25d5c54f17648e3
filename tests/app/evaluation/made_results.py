"""Result files as `vigil analyze` writes them, made for tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LABELS = ("other", "fall", "walking")


def clip_line(source: str, start: float, scores: Sequence[float], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "classification",
        "source": source,
        "model": "tiny",
        "weights": "0",
        "start_seconds": start,
        "end_seconds": start + 1.0,
        "labels": list(LABELS),
        "scores": list(scores),
        "is_multi_label": False,
        **changes,
    }


def event_line(source: str, label: str, start: float, end: float, known: float) -> dict[str, Any]:
    times = {"start_seconds": start, "end_seconds": end, "emitted_at_seconds": known}
    return {"kind": "event", "source": source, "model": "tiny", "weights": "0", "label": label, "score": 0.9, **times}


def measurement_line(source: str, value: float) -> dict[str, Any]:
    named = {"name": "ef_percent", "value": value, "unit": "%"}
    return {"kind": "measurement", "source": source, "model": "echo", "start_seconds": 0.0, "end_seconds": 1.0, **named}


def write_lines(path: Path, lines: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def right_answers(source: str, spans: Sequence[tuple[str, float, float]], seconds: int) -> list[dict[str, Any]]:
    """Clips of one second that are sure of what is true at their centres, and the events."""
    lines = []
    for start in range(seconds):
        label = next((name for name, first, last in spans if first <= start + 0.5 < last), "other")
        lines.append(clip_line(source, float(start), [0.9 if one == label else 0.05 for one in LABELS]))
    events = [event_line(source, name, first, last, first + 2.0) for name, first, last in spans if name == "fall"]
    return lines + events
