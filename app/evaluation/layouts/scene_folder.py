"""Reads simulated scenes: videos, each with its truth beside it as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.evaluation.config import TruthConfig
from models.datasets.problems import Problems
from models.evaluation.cases import TrueSpan, Truth
from stream.batch.inputs import natural_order

SUFFIXES = (".mp4", ".mkv", ".mov", ".dcm")


def read_scenes(config: TruthConfig, quantities: Sequence[str]) -> list[Truth]:
    """Return the truth of every scene of a folder, in natural order of the names.

    Args:
        config: where the scenes lie.
        quantities: names of the true measurements that are wanted, such as ef_percent.

    Raises:
        ValueError: there is no scene, a truth cannot be read, or an event ends before it starts.
    """
    files = sorted(config.videos.glob("*.json"), key=lambda file: natural_order(file.name))
    problems, truths = Problems(), []
    for file in files:
        video = _video_beside(file)
        record = _read(file, problems)
        if record is not None and video is not None:
            truths.append(_truth(record, file, video, config, quantities, problems))
    if not truths and not files:
        problems.add(config.videos, "a folder of scenes (NAME.mp4 with NAME.json beside it) is required, found none")
    elif not truths:
        problems.add(config.videos, f"{len(files)} JSON files, but no video of the same name beside any of them")
    problems.raise_if_any()
    return truths


def _truth(
    record: dict[str, Any],
    file: Path,
    video: Path,
    config: TruthConfig,
    quantities: Sequence[str],
    problems: Problems,
) -> Truth:
    keys = [key for key in config.spans if isinstance(record.get(key), list)]
    spans = [_span(item, f"{key}[{index}]", file, problems) for key in keys for index, item in enumerate(record[key])]
    duration = record.get("duration_seconds")
    return Truth(
        name=video.name,
        location=str(video),
        spans=tuple(span for span in spans if span) if keys else None,
        measurements={name: float(record[name]) for name in quantities if isinstance(record.get(name), int | float)},
        duration_seconds=float(duration) if isinstance(duration, int | float) else None,
        groups={group: str(record[group]) for group in config.groups if group in record},
    )


def _span(item: Any, where: str, file: Path, problems: Problems) -> TrueSpan | None:
    try:
        label = str(item["label"] if "label" in item else item["phase"])
        span = TrueSpan(label, float(item["start_seconds"]), float(item["end_seconds"]), item.get("people"))
    except (KeyError, TypeError, ValueError, AttributeError):
        problems.add(file, f"{where} must have label, start_seconds and end_seconds")
        return None
    if not span.start_seconds < span.end_seconds:
        problems.add(file, f"{where} must end after it starts, got {span.start_seconds} to {span.end_seconds} s")
    return span


def _read(file: Path, problems: Problems) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        problems.add(f"{file}:{getattr(error, 'lineno', 1)}", f"is no JSON: {error}")
        return None
    if not isinstance(record, dict):
        problems.add(file, f"must hold the truth of a scene, got {type(record).__name__}")
        return None
    return record


def _video_beside(file: Path) -> Path | None:
    return next((path for suffix in SUFFIXES if (path := file.with_suffix(suffix)).is_file()), None)
